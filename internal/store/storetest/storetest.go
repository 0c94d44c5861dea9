// Package storetest makes databases for tests.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// OnEach runs a test on every kind of database, each time on an empty one, and
// on all at once.
func OnEach(t *testing.T, test func(t *testing.T, url string)) {
	for name, empty := range map[string]func(testing.TB) string{"SQLite": SQLite, "PostgreSQL": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, empty(t))
		})
	}
}

// SQLite returns the address of a database that does not exist yet.
func SQLite(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "kellybot.db") }

// Postgres returns the address of a new database on the server that
// KELLYBOT_TEST_POSTGRES names, and skips the test when it names none.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("KELLYBOT_TEST_POSTGRES")
	if server == "" {
		tb.Skip("no PostgreSQL: set KELLYBOT_TEST_POSTGRES to the URL of a server where databases may be created; .ci/postgres starts one")
	}
	name := "kellybot_" + strings.ToLower(rand.Text()[:16])
	address, err := url.Parse(server)
	if err != nil {
		tb.Fatal(err)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := admin.ExecContext(tb.Context(), `CREATE DATABASE `+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.ExecContext(context.WithoutCancel(tb.Context()), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			tb.Error(err)
		}
		_ = admin.Close()
	})
	address.Path = "/" + name
	return address.String()
}
