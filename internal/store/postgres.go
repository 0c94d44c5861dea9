package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Bounds on what one process asks of PostgreSQL.
const (
	enginePool     = 8
	ownPool        = 8
	connectTimeout = 5 * time.Second
	idleTime       = 5 * time.Minute
)

// openPostgres connects, and makes the database ready by ready.
func openPostgres(ctx context.Context, databaseURL string, ready func(*Store, context.Context) error) (*Store, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errURL // the cause may quote the password
	}
	config.MaxConns = enginePool
	config.ConnConfig.ConnectTimeout = connectTimeout
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, explainPostgres(config, err)
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	db.SetMaxOpenConns(ownPool)
	db.SetMaxIdleConns(ownPool)
	db.SetConnMaxIdleTime(idleTime)
	s := &Store{DB: db, Read: db, Pool: pool}
	if err := ready(s, ctx); err != nil {
		_ = s.Close() // what is wrong with the server matters more
		return nil, explainPostgres(config, err)
	}
	return s, nil
}

// Ping asks whether the PostgreSQL server of a URL lets the bot in, and changes
// nothing there. Its errors are those of Open.
func Ping(ctx context.Context, databaseURL string) error {
	s, err := openPostgres(ctx, databaseURL, func(s *Store, ctx context.Context) error { return s.DB.PingContext(ctx) })
	if err != nil {
		return err
	}
	return s.Close()
}

// Codes of PostgreSQL, by
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	wrongPassword         = "28P01"
	refusedLogin          = "28000"
	noDatabase            = "3D000"
	insufficientPrivilege = "42501"
	tooManyConnections    = "53300"
)

// explainPostgres says what the operator can do about an error at the start.
func explainPostgres(config *pgxpool.Config, err error) error {
	if _, ok := errors.AsType[*startError](err); ok {
		return err
	}
	server := net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port)))
	name := config.ConnConfig.Database
	var code string
	if cause, ok := errors.AsType[*pgconn.PgError](err); ok {
		code = cause.Code
	}
	var sentence string
	switch code {
	case "":
		sentence = fmt.Sprintf("PostgreSQL at %s does not answer: check the address in DATABASE_URL and that the server runs", server)
	case wrongPassword, refusedLogin:
		sentence = fmt.Sprintf("PostgreSQL at %s refuses the login: check the user and the password in DATABASE_URL", server)
	case noDatabase:
		sentence = fmt.Sprintf("PostgreSQL at %s has no database %q: create it, or name another in DATABASE_URL", server, name)
	case insufficientPrivilege:
		sentence = fmt.Sprintf("the user in DATABASE_URL may not create tables in the database %q: make it the database's owner", name)
	case tooManyConnections:
		sentence = fmt.Sprintf("PostgreSQL at %s has no connection left: raise its max_connections, the bot needs %d for each process",
			server, enginePool+ownPool)
	default:
		sentence = fmt.Sprintf("the database %q of PostgreSQL at %s cannot be used, code %s: look it up in appendix A of PostgreSQL's manual",
			name, server, code)
	}
	return &startError{sentence, err}
}
