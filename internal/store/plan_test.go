package store

import (
	"regexp"
	"strings"
	"testing"

	"kellybot/internal/store/storetest"
)

// explain returns how the database would run the query.
func explain(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	verb := `EXPLAIN QUERY PLAN `
	if s.Pool != nil {
		verb = `EXPLAIN `
	}
	rows, err := s.DB.Query(verb+query, args...)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	columns, err := rows.Columns()
	must(t, err)
	var plan strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		switch line := (*values[len(values)-1].(*any)).(type) {
		case string:
			plan.WriteString(line + "\n")
		case []byte:
			plan.Write(append(line, '\n'))
		}
	}
	must(t, rows.Err())
	return plan.String()
}

// wholeTable is what both databases say when they read every row.
var wholeTable = regexp.MustCompile(`(?m)SCAN requests$|Seq Scan on requests`)

func TestNoQueryReadsAllTheFinishedRequests(t *testing.T) {
	queries := map[string]struct {
		query string
		args  []any
	}{
		"Get":           {`SELECT ` + columns + ` FROM requests WHERE id = $1`, []any{"a"}},
		"Find":          {`SELECT ` + columns + ` FROM requests WHERE short = $1`, []any{"a"}},
		"Newest":        {newestQuery, []any{"discord", "user1", "chat1"}},
		"Own":           {ownQuery, []any{"discord", "user1", "chat1"}},
		"Line":          {lineQuery, nil},
		"Standing":      {standingQuery, nil},
		"Queue":         {queueQuery, nil},
		"Count":         {countQuery, []any{"discord", "user1"}},
		"Finished":      {finishedQuery, []any{1700000001000, 100}},
		"Undelivered":   {undeliveredQuery, nil},
		"Addresses":     {addressesQuery, nil},
		"Of":            {ofQuery, []any{"discord", "chat1", "m1"}},
		"History":       {historyQuery, []any{"discord", "user1", 1700000001000, "", "", 20}},
		"Classes":       {classesQuery, []any{"discord", "user1", 100}},
		"RequestsOf":    {requestsOfQuery, []any{"discord", "user1", 1700000001000, "a", 20}},
		"Mark":          {markQuery, []any{"discord", "user1"}},
		"Cancellable":   {cancellableQuery, []any{"discord", "user1"}},
		"Forgotten":     {forgottenQuery, []any{100}},
		"LastAsked":     {lastAskedQuery, []any{"discord", "user1", "a"}},
		"CancellableOn": {cancellableOnQuery, []any{"discord"}},
		"Pending":       {pendingQuery, []any{"discord", "user1", "again:a"}},
		"Lately":        {latelyQuery, []any{"discord", "user1", "again:a", 1700000001000, 1700000002000}},
		"ShownIn":       {shownInQuery, []any{"a", "discord", "chat1"}},
		"Cancelled":     {hasCancelledQuery, []any{"discord:1:2"}},
	}
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, state := range []string{Done, Waiting, Delivering} {
			n := 50
			if state == Done {
				n = 20_000
			}
			fill(t, s, state, n, 20)
		}
		for name, q := range queries {
			if plan := explain(t, s, q.query, q.args...); plan == "" || wholeTable.MatchString(plan) {
				t.Errorf("%s:\n%s", name, plan)
			} else {
				t.Logf("%s:\n%s", name, plan)
			}
		}
		if plan := explain(t, s, `SELECT count(*) FROM requests WHERE size_class = 'c'`); !wholeTable.MatchString(plan) {
			t.Errorf("a query that does read them is not recognized:\n%s", plan)
		}
	})
}
