package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kellybot/internal/store/storetest"
)

func TestWhatIsStoredIsThereAfterARestart(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s, err := Open(t.Context(), url)
		must(t, err)
		insert(t, s, request("a", "u", "c"))
		must(t, s.Close())
		if got := get(t, openStore(t, url), "a"); got.User != "u" {
			t.Errorf("it is %+v", got)
		}
	})
}

func TestADatabasesFilesAreTheBotsAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes there")
	}
	url := storetest.SQLite(t)
	insert(t, openStore(t, url), request("a", "u", "c"))
	files, err := filepath.Glob(strings.TrimPrefix(url, "sqlite:") + "*")
	must(t, err)
	if len(files) < 3 {
		t.Errorf("there are %q alone", files)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode()&0o077 != 0 {
			t.Errorf("%s is %v", file, info.Mode())
		}
	}
}

func TestTwoProcessesStartTogetherOnAnEmptyPostgres(t *testing.T) {
	url := storetest.Postgres(t)
	ended := make(chan error)
	const processes = 4
	for range processes {
		go func() {
			s, err := Open(t.Context(), url)
			if err == nil {
				err = s.Close()
			}
			ended <- err
		}()
	}
	for range processes {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestASecondProcessOnTheFileIsToldWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.db")
	openStore(t, "sqlite:"+path)
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(path, link))
	for _, name := range []string{path, link} {
		_, err := Open(t.Context(), "sqlite:"+name)
		locked, ok := errors.AsType[*LockedError](err)
		if !ok {
			t.Fatalf("the error is %v", err)
		}
		if locked.Path != path || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "PostgreSQL") {
			t.Errorf("it says: %v", err)
		}
	}
}

func TestTheLockEndsWithTheStore(t *testing.T) {
	url := storetest.SQLite(t)
	for range 2 {
		s, err := Open(t.Context(), url)
		must(t, err)
		must(t, s.Close())
	}
}

func TestOddPathsAreTakenAsTheyAre(t *testing.T) {
	for _, name := range []string{"with space.db", "100%.db", "what?.db", "a#b.db", "ü&=+.db", filepath.Join("new", "folder", "k.db")} {
		path := filepath.Join(t.TempDir(), name)
		openStore(t, "sqlite:"+path)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheOperatorIsToldWhatIsWrongWithTheFile(t *testing.T) {
	whole := func(t *testing.T) []byte {
		path := filepath.Join(t.TempDir(), "whole.db")
		s, err := Open(t.Context(), "sqlite:"+path)
		must(t, err)
		fill(t, s, Done, 500, 10)
		must(t, s.Close())
		b, err := os.ReadFile(path)
		must(t, err)
		return b
	}
	tests := []struct {
		name    string
		content func(t *testing.T) []byte
	}{
		{"a text", func(*testing.T) []byte { return bytes.Repeat([]byte("This is no database. "), 1000) }},
		{"cut off", func(t *testing.T) []byte { b := whole(t); return b[:len(b)/2] }},
		{"overwritten in the middle", func(t *testing.T) []byte {
			b := whole(t)
			copy(b[len(b)/2/4096*4096:], bytes.Repeat([]byte{0xA5}, 4*4096))
			return b
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kellybot.db")
			content := test.content(t)
			must(t, os.WriteFile(path, content, 0o600))
			s, err := Open(t.Context(), "sqlite:"+path)
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			want := "the database " + path + " is damaged or is no SQLite database; nothing was changed: " +
				"restore a backup of it, or move it away and start with an empty one"
			if err.Error() != want {
				t.Errorf("it says: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestAFolderThatCannotBeWrittenIsToldOf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	folder := filepath.Join(t.TempDir(), "folder.db")
	must(t, os.Mkdir(folder, 0o700))
	for _, path := range []string{filepath.Join(file, "kellybot.db"), filepath.Join(file, "in", "kellybot.db"), folder} {
		_, err := Open(t.Context(), "sqlite:"+path)
		want := "the database " + path + " cannot be written: let the bot's user write to its folder and its files, " +
			"or set DATA_DIR or DATABASE_URL to another place"
		if err == nil || err.Error() != want {
			t.Errorf("it says: %v", err)
		}
	}
}

func TestAWrongURLIsToldOfWithoutItsPassword(t *testing.T) {
	for _, url := range []string{"", "kellybot.db", "sqlite:", "mysql://bot:hunter2@db/kelly", "postgres://bot:hunter2@db:port/kelly",
		"postgres://bot:hunter2@db/kelly?sslmode=perhaps", "postgres://bot:hun%ter2@db/kelly", " postgres://bot:hunter2@db/kelly"} {
		_, err := Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), "write sqlite:PATH or postgres://") {
			t.Errorf("%q: it says: %v", url, err)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %T: %v", err, err)
			}
		}
	}
}

func TestAServerThatDoesNotAnswerIsToldOf(t *testing.T) {
	_, err := Open(t.Context(), "postgres://bot:hunter2@127.0.0.1:1/kelly")
	want := "PostgreSQL at 127.0.0.1:1 does not answer: check the address in DATABASE_URL and that the server runs"
	if err == nil || err.Error() != want {
		t.Errorf("it says: %v", err)
	}
}

func TestAServerThatRefusesIsToldOf(t *testing.T) {
	address := storetest.Postgres(t)
	admin, err := sql.Open("pgx", address)
	must(t, err)
	defer func() { must(t, admin.Close()) }()
	guest := "guest" + NewShort()
	_, err = admin.Exec(`CREATE ROLE ` + guest + ` LOGIN PASSWORD 'hunter2'`)
	must(t, err)
	defer func() {
		_, err := admin.Exec(`DROP ROLE ` + guest)
		must(t, err)
	}()
	_, err = admin.Exec(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`) // as it is by default since PostgreSQL 15
	must(t, err)
	as := func(user, database string) string {
		u, err := url.Parse(address)
		must(t, err)
		u.User = url.UserPassword(user, "hunter2")
		if database != "" {
			u.Path = "/" + database
		}
		return u.String()
	}
	tests := []struct{ url, want string }{
		{as("nobody"+guest, ""), "refuses the login: check the user and the password in DATABASE_URL"},
		{as(guest, "none"), `has no database "none": create it, or name another in DATABASE_URL`},
		{as(guest, ""), "may not create tables in the database"},
	}
	for _, test := range tests {
		_, err := Open(t.Context(), test.url)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("it says: %v\nand not: %s", err, test.want)
		}
	}
}

func TestTheDatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s, err := Open(t.Context(), url)
		must(t, err)
		_, err = s.DB.Exec(`INSERT INTO schema_version (version) VALUES (1000)`)
		must(t, err)
		must(t, s.Close())
		_, err = Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), "run the newer program") {
			t.Errorf("it says: %v", err)
		}
	})
}

func TestATransactionIsWholeOrNothing(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		wrong := errors.New("wrong")
		err := s.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := Insert(t.Context(), tx, request("a", "u", "c"))
			return errors.Join(err, wrong)
		})
		if !errors.Is(err, wrong) {
			t.Error(err)
		}
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrGone) {
			t.Errorf("it is there: %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.InTx(t.Context(), func(*sql.Tx) error { panic("wrong") })
		}()
		insert(t, s, request("b", "u", "c")) // the panic left no transaction open
	})
}

func TestManyWriteAtOnce(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		const writers = 50
		ended := make(chan error)
		for n := range writers {
			go func() {
				ended <- s.InTx(t.Context(), func(tx *sql.Tx) error {
					_, err := Insert(t.Context(), tx, request(fmt.Sprint(n), "u", "c"))
					return err
				})
			}()
		}
		for range writers {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if _, waiting, err := s.Standing(t.Context()); err != nil || waiting != writers {
			t.Errorf("%d wait, %v", waiting, err)
		}
	})
}
