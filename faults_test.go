//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/internal/store/storetest"
	"kellybot/internal/web"
	"kellybot/kelly/kellytest"
)

func TestAWrongStartEndsWithASentence(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(folder, "taken")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(taken, "pictures")); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(folder, "damaged.db")
	if err := os.WriteFile(damaged, bytes.Repeat([]byte("This is no database. "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for name, c := range map[string]struct{ setting, sentence string }{
		"a file as DATA_DIR":     {"DATA_DIR=" + file, "DATA_DIR"},
		"a folder in use":        {"DATA_DIR=" + taken, "the folder " + filepath.Join(taken, "pictures") + " cannot be written"},
		"a file as a folder":     {"DATABASE_URL=sqlite:" + filepath.Join(file, "kellybot.db"), "let the bot's user write to its folder"},
		"another database":       {"DATABASE_URL=mysql://bot:hunter2@db/kelly", "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"},
		"a server that is away":  {"DATABASE_URL=postgres://bot:hunter2@127.0.0.1:1/kelly", "PostgreSQL at 127.0.0.1:1 does not answer"},
		"a damaged database":     {"DATABASE_URL=sqlite:" + damaged, "the database " + damaged + " is damaged or is no SQLite database; nothing was changed: restore a backup"},
		"a database of nobody's": {"DATABASE_URL=sqlite:", "DATABASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := run(t, t.TempDir(), w.settings(c.setting))
			if code != 2 || stdout != "" {
				t.Errorf("exit code %d, standard output %q", code, stdout)
			}
			if !strings.HasPrefix(stderr, "kellybot: ") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.sentence) || strings.Contains(stderr, "hunter2") {
				t.Errorf("it says, and not %q:\n%s", c.sentence, stderr)
			}
		})
	}
	if string(readFile(t, file)) != "mine" || !bytes.HasPrefix(readFile(t, damaged), []byte("This is no database. ")) {
		t.Error("a file was changed")
	}
}

func TestAnUnknownDatabaseOfTheServerIsNamed(t *testing.T) {
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/nowhere"
	_, stderr, code := run(t, t.TempDir(), newWorld(t).settings("DATABASE_URL="+address.String()))
	if code != 2 || !strings.Contains(stderr, `has no database "nowhere": create it`) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// together starts two processes at once on a fresh database.
func together(t *testing.T, w *world, settings ...string) [2]*process {
	folder := t.TempDir()
	settings = w.settings(append(settings, "DATA_DIR="+folder)...)
	return [2]*process{start(t, folder, settings), start(t, folder, settings)}
}

func TestOfTwoProcessesOnOneFileOneServesAndTheOtherSaysSo(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "kellybot.db")
	both := together(t, w, "DATABASE_URL=sqlite:"+path)
	type end struct{ process, code int }
	ends := make(chan end, len(both))
	for i, p := range both {
		go func() { ends <- end{i, p.wait()} }()
	}
	refused := func(p *process, code int) {
		said := p.stderr.String()
		if code != 2 || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "kellybot: another process serves from the database "+path) || !strings.Contains(said, "PostgreSQL") {
			t.Errorf("exit code %d:\n%s", code, said)
		}
	}
	first := <-ends
	refused(both[first.process], first.code)
	serving := both[1-first.process]
	serving.says(`msg="receiving events" platform=telegram`)
	third := start(t, t.TempDir(), w.settings("DATABASE_URL=sqlite:"+path))
	refused(third, third.wait())
	w.telegram.Say(anna, "/imagine a red fox")
	if got := read(t, w.telegram, 1); len(got.Files) != 1 {
		t.Errorf("people see %+v", got)
	}
	serving.signal(syscall.SIGTERM)
	if last := <-ends; last.code != 0 {
		t.Errorf("exit code %d:\n%s", last.code, serving.stderr.String())
	}
}

func TestTwoProcessesOnOneServerBothServe(t *testing.T) {
	w := newWorld(t)
	both := together(t, w, "DATABASE_URL="+storetest.Postgres(t))
	for _, p := range both {
		p.says("msg=starting")
	}
	release := w.kelly.Hold()
	const all = 2 * 4 // WORKERS of both: one process alone cannot draw so many
	for n := range all {
		w.telegram.Say(botstest.From{UserID: fmt.Sprint(2000 + n), Name: "Somebody"}, fmt.Sprintf("/imagine picture %d", n))
	}
	w.inFlight(all)
	release()
	for n := range all {
		read(t, w.telegram, n+1)
	}
	for _, p := range both {
		p.signal(syscall.SIGTERM)
		p.endsWith(0)
	}
	w.once(t, all)
}

// What a process of the test may do from its start: it writes no file of more
// bytes than noRoom says until SIGUSR1 comes, which stands in for a full disk.
const noRoom = "KELLYBOT_TEST_NO_ROOM"

func init() {
	limit, err := strconv.ParseUint(os.Getenv(noRoom), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // the write gets an error instead
	var before syscall.Rlimit
	err = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before)
	full := before
	full.Cur = limit
	if err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full)); err != nil {
		panic(err)
	}
	room := make(chan os.Signal, 1)
	signal.Notify(room, syscall.SIGUSR1)
	go func() {
		<-room
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			panic(err)
		}
	}()
}

func TestAFullDiskHoldsRequestsUntilThereIsRoom(t *testing.T) {
	const size = 8 << 20
	w := newWorld(t)
	w.kelly.Always(kellytest.Big(size))
	p := w.serve("WORKERS=1", fmt.Sprint(noRoom, "=", size-1), "DATA_DIR=data", "HTTP_ADDR=127.0.0.1:0")
	ready := p.addresses()[0] + "/readyz"
	const told = "⏳ The bot has no room for pictures right now; your request is kept."
	bea := botstest.From{UserID: "1002", Name: "Bea"}
	w.telegram.Say(anna, "/imagine a red fox")
	w.until("who asked is told", func() bool { return w.reads(w.telegram, told) == 1 })
	w.telegram.Say(bea, "/imagine a blue fox")
	w.until("who asks then is told", func() bool { return w.reads(w.telegram, told) == 2 })
	if n := w.kelly.Prompts(); n["a red fox"] != 1 || n["a blue fox"] != 0 {
		t.Errorf("paid for, and thrown away, is %v", n)
	}
	if status, body := get(t, ready); status != http.StatusServiceUnavailable || partsOf(t, body)["pictures"] != (web.Part{State: "cannot be stored"}) {
		t.Errorf("without room it is %d, %s", status, body)
	}
	p.signal(syscall.SIGUSR1)
	want := kellytest.BigPicture(size)
	w.until("both are answered", func() bool {
		messages := w.telegram.Messages()
		return len(messages) == 2 && len(messages[0].Files) == 1 && len(messages[1].Files) == 1
	})
	for _, message := range w.telegram.Messages() {
		if !bytes.Equal(message.Files[0].Bytes, want) {
			t.Error("somebody got another picture than the service sent")
		}
	}
	if status, body := get(t, ready); status != http.StatusOK {
		t.Errorf("with room it is %d, %s", status, body)
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	files, err := os.ReadDir(filepath.Join(p.cmd.Dir, "data", "pictures"))
	if err != nil || len(files) != 2 {
		t.Errorf("left are %v, %v", files, err)
	}
	if log := p.stderr.String(); strings.Count(log, "make room on the disk of DATA_DIR") != 1 || strings.Count(log, "pictures can be stored again") != 1 {
		t.Errorf("the log says:\n%s", log)
	}
}

// once checks that so many prompts were drawn, each answered with its picture, once.
func (w *world) once(t *testing.T, prompts int) {
	t.Helper()
	answers := w.answers()
	if len(answers) != prompts {
		t.Errorf("%d are answered, want %d", len(answers), prompts)
	}
	for prompt, n := range answers {
		if n != 1 {
			t.Errorf("%s is answered %d times", prompt, n)
		}
	}
}

func TestWhatComesThreeTimesIsDrawnOnce(t *testing.T) {
	w := newWorld(t)
	p := w.serve()
	for name, where := range map[string]interface {
		chat
		Say(from botstest.From, line string, attached ...botstest.File)
		Repeat()
	}{"Discord": w.discord, "Telegram": w.telegram} {
		release := w.kelly.Hold()
		where.Say(anna, "/imagine a red fox on "+name)
		where.Repeat()
		w.inFlight(1)
		release()
		read(t, where, 1)
		where.Repeat() // and after its answer
		where.Say(anna, "/imagine a blue fox on "+name)
		read(t, where, 2)
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	w.once(t, 4)
	for prompt, n := range w.kelly.Prompts() {
		if n != 1 {
			t.Errorf("%s is drawn %d times", prompt, n)
		}
	}
	for name, where := range map[string]chat{"Discord": w.discord, "Telegram": w.telegram} {
		if n := len(where.Messages()); n != 2 {
			t.Errorf("%s: people see %d messages: %+v", name, n, where.Messages())
		}
	}
}

// A relay is the way to a server, which can be cut.
type relay struct {
	listener net.Listener
	to       string
	serving  sync.WaitGroup

	mu    sync.Mutex
	away  bool
	conns map[net.Conn]bool
}

func newRelay(t *testing.T, to string) *relay {
	r := &relay{to: to, conns: map[net.Conn]bool{}}
	r.listen(t, "127.0.0.1:0")
	t.Cleanup(func() {
		_ = r.listener.Close()
		r.cut()
		r.serving.Wait()
	})
	return r
}

func (r *relay) listen(t *testing.T, at string) {
	t.Helper()
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	r.listener = listener
	r.serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r.serving.Go(func() { r.pass(conn) })
		}
	})
}

// refuse cuts every connection and refuses further ones until the function
// that it returns is called.
func (r *relay) refuse(t *testing.T) (again func()) {
	at := r.listener.Addr().String()
	_ = r.listener.Close()
	r.cut()
	return func() {
		r.mend()
		r.listen(t, at)
	}
}

func (r *relay) pass(from net.Conn) {
	to, err := net.Dial("tcp", r.to)
	if err != nil {
		_ = from.Close()
		return
	}
	r.mu.Lock()
	away := r.away
	r.conns[from], r.conns[to] = true, true
	r.mu.Unlock()
	end := func() {
		_ = from.Close()
		_ = to.Close()
	}
	if away {
		end()
	}
	var back sync.WaitGroup
	back.Go(func() {
		defer end()
		_, _ = io.Copy(from, to)
	})
	_, _ = io.Copy(to, from)
	end()
	back.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, from)
	delete(r.conns, to)
}

// cut closes every connection, and whatever comes until mend.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = true
	for conn := range r.conns {
		_ = conn.Close()
	}
}

func (r *relay) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = false
}

func TestADatabaseThatWasGoneCostsNothingThatWasAccepted(t *testing.T) {
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	way := newRelay(t, address.Host)
	address.Host = way.listener.Addr().String()
	w := newWorld(t)
	release := w.kelly.Hold()
	p := w.serve("DATABASE_URL="+address.String(), "WORKERS=4")

	const users = 8
	prompts := map[string]string{}
	for n := range users {
		user := botstest.From{UserID: fmt.Sprint(2000 + n), Name: "Somebody"}
		on := fmt.Sprintf("Discord %d", n)
		prompts[on] = w.discord.Use(user, "imagine", map[string]string{"prompt": on})
		on = fmt.Sprintf("Telegram %d", n)
		prompts[on] = "Telegram"
		w.telegram.Say(user, "/imagine "+on)
	}
	w.inFlight(4)
	w.until("everything is confirmed", func() bool {
		return len(w.accepted(t, prompts)) == 2*users && w.telegram.Pending() == 0
	})
	way.cut()
	p.says("the database does not answer")
	release() // what is drawn meanwhile is kept
	w.telegram.Say(anna, "/imagine meanwhile on Telegram")
	w.discord.Use(anna, "imagine", map[string]string{"prompt": "meanwhile on Discord"})
	w.until("somebody is refused on both", func() bool {
		return w.reads(w.discord, "send it again in a minute") == 1 && w.reads(w.telegram, "send it again in a minute") == 1
	})
	p.says("this process lost a lease") // of hearing the platforms, which another might have by now
	way.mend()
	p.says("the database answers again")
	w.settle(t, w.accepted(t, prompts))
	w.telegram.Say(anna, "/imagine afterwards")
	w.until("who asks afterwards is answered", func() bool { return w.answers()["afterwards"] == 1 })
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	w.once(t, 2*users+1)
	for prompt, n := range w.kelly.Prompts() {
		if n != 1 {
			t.Errorf("%s is drawn %d times", prompt, n)
		}
	}
	if t.Failed() {
		t.Log(p.stderr.String())
	}
}

// reads counts the messages that say the words.
func (w *world) reads(where chat, words string) int {
	n := 0
	for _, message := range where.Messages() {
		if strings.Contains(message.Text, words) {
			n++
		}
	}
	return n
}

// until waits for what people see, or the service draws.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		discord, telegram := w.discord.Changed(), w.telegram.Changed()
		if done() {
			return
		}
		select {
		case <-discord:
		case <-telegram:
		case <-ctx.Done():
			w.t.Fatalf("waited in vain until %s; people see %+v and %+v", what, w.discord.Messages(), w.telegram.Messages())
		}
	}
}
