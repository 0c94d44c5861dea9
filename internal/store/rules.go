package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Rule is what admins have decided about a user, a chat or a server.
type Rule struct {
	// Subject is whom it is about, as the scope of settings; "" once that is
	// forgotten.
	Subject string
	Banned  bool
	Until   time.Time // of the ban; zero is until it is lifted
	Reason  string    // of the ban
	Daily   *int      // pictures a day, 0 is any number; nil is as for all
	Lifted  bool      // the negative prompt's guard
}

// empty reports whether nothing is decided.
func (r Rule) empty() bool { return !r.Banned && r.Daily == nil && !r.Lifted }

// Hash is what a scope is known by where that outlives its user's wish to be
// forgotten. Ids are few enough to try all, so it takes the database's own key
// to tell whose it is.
func (s *Store) Hash(scope string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(scope))
	return shortly.EncodeToString(mac.Sum(nil)[:20])
}

// makeKey makes the key of Hash, once.
func makeKey(ctx context.Context, tx Execer) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES ('hash', $1) ON CONFLICT (name) DO NOTHING`, rand.Text())
	if err != nil {
		return fmt.Errorf("make the database's own key: %w", err)
	}
	return nil
}

// readKey reads the key of Hash.
func (s *Store) readKey(ctx context.Context, e Execer) error {
	if err := e.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = 'hash'`).Scan(&s.key); err != nil {
		return fmt.Errorf("read the database's own key: %w", err)
	}
	return nil
}

const ruleColumns = `coalesce(subject, ''), banned, until, reason, daily, lifted`

func scanRule(row interface{ Scan(...any) error }) (r Rule, err error) {
	return r, row.Scan(&r.Subject, &r.Banned, moment{&r.Until}, &r.Reason, &r.Daily, &r.Lifted)
}

// RuleOf returns what is decided about the scope, which is hashed.
func RuleOf(ctx context.Context, e Execer, scope string) (Rule, error) {
	r, err := scanRule(e.QueryRowContext(ctx, `SELECT `+ruleColumns+` FROM rules WHERE scope = $1`, scope))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Rule{}, fmt.Errorf("look for a rule: %w", err)
	}
	return r, nil
}

// PutRule stores what is decided about the scope, which is hashed, in place of
// what was before.
func PutRule(ctx context.Context, tx *sql.Tx, scope string, r Rule) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM rules WHERE scope = $1`, scope)
	if err == nil && !r.empty() {
		until := sql.NullInt64{Int64: r.Until.UnixMilli(), Valid: !r.Until.IsZero()}
		_, err = tx.ExecContext(ctx, `INSERT INTO rules (scope, subject, banned, until, reason, daily, lifted) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			scope, unlessEmpty(r.Subject), r.Banned, until, r.Reason, r.Daily, r.Lifted)
	}
	if err != nil {
		return fmt.Errorf("store a rule: %w", err)
	}
	return nil
}

// Rules returns what is decided about those who are not forgotten, without the
// first skip of them and at most limit, and about how many others something is.
func (s *Store) Rules(ctx context.Context, skip, limit int) (rules []Rule, others int, err error) {
	rows, err := s.Read.QueryContext(ctx, `SELECT `+ruleColumns+` FROM rules WHERE subject IS NOT NULL ORDER BY subject LIMIT $1 OFFSET $2`, limit, skip)
	rules, err = collect(rows, err, func(rows *sql.Rows) (Rule, error) { return scanRule(rows) })
	if err == nil {
		err = s.Read.QueryRowContext(ctx, `SELECT count(*) FROM rules WHERE subject IS NULL`).Scan(&others)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list the rules: %w", err)
	}
	return rules, others, nil
}

// forgetRule leaves of a rule what it takes to hold.
func forgetRule(ctx context.Context, tx Execer, scope string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE rules SET subject = NULL, reason = '' WHERE scope = $1`, scope); err != nil {
		return fmt.Errorf("forget whose a rule is: %w", err)
	}
	return nil
}
