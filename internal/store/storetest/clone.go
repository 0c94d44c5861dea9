package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// Clone adds n copies of the rows that the condition selects to a table. What
// differs is given by column, as an SQL expression in which n.i counts from 1.
// All three go into the statement as they are.
func Clone(tb testing.TB, db *sql.DB, table, condition string, n int, differs map[string]string) {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), fmt.Sprintf("SELECT * FROM %s LIMIT 0", table))
	if err != nil {
		tb.Fatal(err)
	}
	columns, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		tb.Fatal(err)
	}
	values := make([]string, len(columns))
	for i, column := range columns {
		values[i] = column
		if expression, ok := differs[column]; ok {
			values[i] = expression
		}
	}
	//nolint:gosec // a benchmark's own words
	statement := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO %s (%s) SELECT %s FROM %[2]s, n WHERE %[5]s`,
		n, table, strings.Join(columns, ", "), strings.Join(values, ", "), condition)
	result, err := db.ExecContext(tb.Context(), statement)
	if err != nil {
		tb.Fatal(err)
	}
	if added, err := result.RowsAffected(); err != nil || added != int64(n) {
		tb.Fatalf("%d rows added to %s (%v), want %d", added, table, err, n)
	}
}
