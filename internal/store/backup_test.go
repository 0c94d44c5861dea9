package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kellybot/internal/store/storetest"
)

func TestABackupOfARunningDatabaseIsWholeAndItsOwnersAlone(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	fill(t, s, Waiting, 500, 10)
	beside, err := OpenBeside(t.Context(), "sqlite:"+pathOf(t, s))
	must(t, err)
	defer func() { must(t, beside.Close()) }()
	for _, name := range []string{"copy.db", "file:copy?mode=memory", "it's a copy.db"} {
		file := filepath.Join(t.TempDir(), name)
		size, err := beside.Backup(t.Context(), file)
		must(t, err)
		info, err := os.Stat(file)
		must(t, err)
		if info.Size() != size || size == 0 {
			t.Errorf("it is said to have %d bytes and has %d", size, info.Size())
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("its mode is %v", info.Mode())
		}
		if _, waiting, err := openStore(t, "sqlite:"+file).Standing(t.Context()); err != nil || waiting != 500 {
			t.Errorf("in the copy wait %d (%v)", waiting, err)
		}
	}
}

// pathOf is the file of a SQLite database.
func pathOf(t *testing.T, s *Store) (path string) {
	t.Helper()
	must(t, s.Read.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path))
	return path
}

func TestABackupOverwritesNothing(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	file := filepath.Join(t.TempDir(), "precious")
	must(t, os.WriteFile(file, nil, 0o600)) // empty, SQLite would write into it
	if _, err := s.Backup(t.Context(), file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the error is %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Errorf("the file was changed (%v)", err)
	}
	missing := filepath.Join(t.TempDir(), "no", "folder")
	if _, err := s.Backup(t.Context(), missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

func TestABackupThatFailsLeavesNoFile(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	must(t, s.DB.Close())
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, err := s.Backup(t.Context(), file); err == nil {
		t.Error("it did not fail")
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
}

func TestPostgreSQLIsBackedUpByItsOwnPrograms(t *testing.T) {
	s := openStore(t, storetest.Postgres(t))
	if _, err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "copy")); !errors.Is(err, ErrForeign) {
		t.Errorf("the error is %v", err)
	}
}

func TestBesideOneThatServesADatabaseIsReadAndWritten(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		serving := openStore(t, url)
		insert(t, serving, request("a", "u", "c"))
		beside, err := OpenBeside(t.Context(), url)
		must(t, err)
		get(t, beside, "a")
		insert(t, beside, request("b", "u", "c"))
		insert(t, serving, request("c", "u", "c"))
		must(t, beside.Close())
		get(t, serving, "b")
	})
}

func TestBesideAnotherVersionNothingIsOpened(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, step := range []struct{ change, want string }{
			{`UPDATE schema_version SET version = version + 1000`, "written by a newer kellybot"},
			{`DELETE FROM schema_version`, "written by an older kellybot"},
			{`DROP TABLE schema_version`, "written by an older kellybot"},
		} {
			_, err := s.DB.Exec(step.change)
			must(t, err)
			beside, err := OpenBeside(t.Context(), url)
			if err == nil {
				_ = beside.Close()
			}
			if err == nil || !strings.Contains(err.Error(), step.want) {
				t.Errorf("after %s it says: %v", step.change, err)
			}
		}
	})
}

func TestBesideNothingNothingIsMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kellybot.db")
	_, err := OpenBeside(t.Context(), "sqlite:"+path)
	want := "there is no database " + path + ": start kellybot once, or set DATA_DIR or DATABASE_URL to what the bot runs with"
	if err == nil || err.Error() != want {
		t.Errorf("it says: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
}
