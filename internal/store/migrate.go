package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"strings"
)

// schema holds one file for each version, in order. One that was released
// never changes; a statement ends with ";" at the end of a line, a comment never.
//
//go:embed schema/*.sql
var schema embed.FS

// migrate brings the schema to the newest version, all in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	files, err := schema.ReadDir("schema")
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	return s.Exclusively(ctx, "migrate", func() error {
		return s.InTx(ctx, func(tx *sql.Tx) error {
			at, err := version(ctx, tx)
			if err != nil {
				return err
			}
			if at > len(files) {
				return newer(at, len(files))
			}
			for i, file := range files[at:] {
				if err := upgrade(ctx, tx, at+i+1, file.Name()); err != nil {
					return err
				}
			}
			if err := makeKey(ctx, tx); err != nil {
				return err
			}
			return s.readKey(ctx, tx)
		})
	})
}

func newer(at, own int) error {
	return &startError{sentence: fmt.Sprintf("the database was written by a newer kellybot (its schema is version %d, this program's %d): "+
		"run the newer program, or restore a backup from before it", at, own)}
}

func version(ctx context.Context, tx *sql.Tx) (at int, err error) {
	if _, err = tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)`); err == nil {
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&at)
	}
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return at, nil
}

func upgrade(ctx context.Context, tx *sql.Tx, to int, file string) error {
	text, err := schema.ReadFile("schema/" + file)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("migrate the database to version %d: %w", to, err)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES ($1)`, to); err != nil {
		return fmt.Errorf("record the schema's version: %w", err)
	}
	return nil
}
