package store

import "fmt"

// A LockedError says that another process serves from the same SQLite file.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("another process serves from the database %s: stop it first, "+
		"or to run several set DATABASE_URL of each to one PostgreSQL database (postgres://…)", e.Path)
}
