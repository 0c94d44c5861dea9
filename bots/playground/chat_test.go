package playground

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
)

func commandsReply(name, kind, content string) commands.Reply {
	return commands.Reply{Text: commands.T("a file"), Files: []commands.File{{Name: name, ContentType: kind, Bytes: []byte(content)}}}
}

// left counts the files of messages on the disk.
func (v *visit) left() (files int) {
	v.t.Helper()
	entries, err := fs.ReadDir(v.adapter.store.root.FS(), v.id())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != chatFile {
			files++
		}
	}
	return files
}

func TestWhatIsSentAgainIsAnsweredOnce(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	for range 3 {
		body, kind := spoken("event", event, "text", "/help me")
		if resp, said := v.ask("POST", "/api/say", body, token, kind); resp.StatusCode != http.StatusOK {
			t.Fatalf("it is answered with %d: %s", resp.StatusCode, said)
		}
	}
	c := v.chat()
	if len(c.Messages) != 2 || c.Messages[1].Text[0].Text != "help: me" || v.router.handled.Load() != 1 {
		t.Errorf("it was handled %d times, and the chat is %+v", v.router.handled.Load(), c.Messages)
	}
	press := func(event, id string) int {
		body := fmt.Sprintf(`{"event":%q,"message":%q,"command":"help","id":%q}`, event, c.Messages[1].ID, id)
		resp, _ := v.ask("POST", "/api/press", strings.NewReader(body), token)
		return resp.StatusCode
	}
	if code := press("fedcba9876543210", "p2"); code != http.StatusOK {
		t.Errorf("a button is answered with %d", code)
	}
	if code := press("0000000000000000", "p3"); code != http.StatusConflict || v.router.handled.Load() != 2 {
		t.Errorf("a button that is not there is answered with %d", code)
	}
}

// A form goes with its request, and a button when its message is another.
func TestWhatIsDoneIsDoneThoughItsButtonIsGone(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	reply := commands.Reply{Form: &commands.Form{Title: "Change", Command: "edit", Fields: []commands.Field{{Label: "Prompt"}}}}
	if _, err := v.adapter.Deliver(t.Context(), address{Chat: v.id(), Event: event}.stored(), reply); err != nil {
		t.Fatal(err)
	}
	fill := func(event string) int {
		body := fmt.Sprintf(`{"event":%q,"message":"a0123456789abcdef","values":{"":"a fox"}}`, event)
		resp, _ := v.ask("POST", "/api/fill", strings.NewReader(body), token)
		return resp.StatusCode
	}
	for range 2 {
		if code := fill("fedcba9876543210"); code != http.StatusOK || v.router.handled.Load() != 1 {
			t.Errorf("it is answered with %d, and handled %d times", code, v.router.handled.Load())
		}
	}
	if code := fill("0000000000000000"); code != http.StatusConflict {
		t.Errorf("what is new is answered with %d", code)
	}
	c := new(chat)
	for n := range maxDone + 1 {
		c.finish(address{Event: fmt.Sprintf("%016d", n)}, nil)
	}
	if len(c.Done) != maxDone || c.done(address{Event: fmt.Sprintf("%016d", 0)}) || !c.done(address{Event: fmt.Sprintf("%016d", maxDone)}) {
		t.Errorf("%d events are kept", len(c.Done))
	}
}

func TestAFormThatIsNotWantedGoes(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	for event, reply := range map[string]commands.Reply{
		event:              {Form: &commands.Form{Title: "Change", Command: "edit", Fields: []commands.Field{{Label: "Prompt"}}}},
		"fedcba9876543210": {Text: commands.T("an answer")},
	} {
		if _, err := v.adapter.Deliver(t.Context(), address{Chat: v.id(), Event: event}.stored(), reply); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"a" + event, "a" + event, "afedcba9876543210", "", "nowhere"} {
		if resp, said := v.ask("POST", "/api/dismiss", strings.NewReader(`{"message":"`+id+`"}`), token); resp.StatusCode != http.StatusOK {
			t.Errorf("to dismiss %q is answered with %d: %s", id, resp.StatusCode, said)
		}
	}
	if left := v.chat().Messages; len(left) != 1 || left[0].Form != nil {
		t.Errorf("there is left %+v", left)
	}
}

const sent = "\x89PNG\r\n\x1a\n"

// The end came after the question was kept, and before it was taken.
func TestAQuestionThatWasNotTakenIsTakenWithWhatItCameWith(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	to := address{Chat: v.id(), Event: event}
	first, size, err := v.adapter.store.save(v.id(), strings.NewReader(sent+"first"))
	if err != nil {
		t.Fatal(err)
	}
	err = v.adapter.store.change(v.id(), func(c *chat) error {
		c.put(message{ID: to.question(), Own: true, Open: true, Images: []file{{ID: first, Size: size}}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		body, kind := spoken("event", event, "text", "/edit bluer", "picture", sent+"again")
		if resp, said := v.ask("POST", "/api/say", body, token, kind); resp.StatusCode != http.StatusOK {
			t.Fatalf("it is answered with %d: %s", resp.StatusCode, said)
		}
	}
	c, req := v.chat(), v.router.last.Load()
	if len(c.Messages) != 2 || c.Messages[0].Open || v.left() != 1 || v.router.handled.Load() != 1 {
		t.Errorf("it was handled %d times, with %d files left, and the chat is %+v", v.router.handled.Load(), v.left(), c.Messages)
	}
	if want := (remote{v.id(), first}).attachment(); len(req.Attachments) != 1 || string(req.Attachments[0].Data) != string(want.Data) {
		t.Errorf("it came with %+v, want %+v", req.Attachments, want)
	}
}

func TestWhatIsNotTakenIsNotInTheChat(t *testing.T) {
	a, err := New(Config{Dir: t.TempDir(), Router: new(router), Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	body, kind := spoken("event", event, "text", "/edit bluer", "picture", sent)
	said, _ := io.ReadAll(body)
	if code := post(t, a, "/api/say", strings.TrimPrefix(kind, "Content-Type: "), said); code != http.StatusServiceUnavailable {
		t.Errorf("before it runs it answers with %d", code)
	}
	entries, err := fs.ReadDir(a.store.root.FS(), "7")
	if c, fault := a.store.read("7"); err != nil || fault != nil || len(c.Messages) != 0 || len(entries) != 0 {
		t.Errorf("the chat is %+v in %v, %v, %v", c, entries, err, fault)
	}
}

func TestAnAnswerThatIsDeliveredAgainIsOneMessageWithItsFilesAlone(t *testing.T) {
	v := begin(t, "")
	v.token()
	to := address{Chat: v.id(), Event: event}.stored()
	if _, err := v.adapter.Show(t.Context(), to, commands.Status{Text: commands.T("⏳")}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := v.adapter.Deliver(t.Context(), to, commandsReply("a.txt", "text/plain", "a")); err != nil {
			t.Fatal(err)
		}
	}
	// A status that comes late shows nothing.
	if _, err := v.adapter.Show(t.Context(), to, commands.Status{Text: commands.T("⏳")}); err != nil {
		t.Fatal(err)
	}
	if c := v.chat(); len(c.Messages) != 1 || c.Messages[0].Status || v.left() != 1 {
		t.Errorf("there are %d files, and the chat is %+v", v.left(), c.Messages)
	}
	if _, err := v.adapter.Deliver(t.Context(), commands.Address{Platform: Name, Data: json.RawMessage(`{"chat":"../x","event":"` + event + `"}`)}, commands.Reply{}); !errors.Is(err, commands.ErrUndeliverable) {
		t.Errorf("an address of nobody's: %v", err)
	}
}

func TestAChatKeepsItsLastMessages(t *testing.T) {
	v := begin(t, "")
	v.token()
	for n := range maxMessages + 5 {
		to := address{Chat: v.id(), Event: fmt.Sprintf("%016d", n)}
		if _, err := v.adapter.Deliver(t.Context(), to.stored(), commandsReply("a.txt", "text/plain", "a")); err != nil {
			t.Fatal(err)
		}
	}
	c := v.chat()
	if len(c.Messages) != maxMessages || v.left() != maxMessages || c.Messages[0].ID != fmt.Sprintf("a%016d", 5) {
		t.Errorf("%d messages and %d files are kept, from %s on", len(c.Messages), v.left(), c.Messages[0].ID)
	}
	large := func(id string) message { return message{ID: id, Files: []file{{Size: maxChatBytes/2 + 1}}} }
	short := chat{Messages: []message{large("a"), large("b"), {ID: "c"}}}
	short.trim()
	if len(short.Messages) != 2 || short.Messages[0].ID != "b" {
		t.Errorf("of large files are kept %+v", short.Messages)
	}
	huge := chat{Messages: []message{{ID: "a"}, {ID: "b", Files: []file{{Size: 2 * maxChatBytes}}}}}
	huge.trim()
	if len(huge.Messages) != 1 || huge.Messages[0].ID != "b" {
		t.Errorf("of a huge one are kept %+v", huge.Messages)
	}
}

func TestOnlyWhoHasAChatIsWrittenTo(t *testing.T) {
	v := begin(t, "")
	if _, err := v.adapter.Private("1000", "report:1"); err == nil {
		t.Error("somebody who never came is written to")
	}
	in, err := v.adapter.Chat("1000")
	if err == nil {
		err = v.adapter.Remove(t.Context(), in, []string{"a"})
	}
	if err != nil || v.adapter.store.has("1000") {
		t.Errorf("what is removed from no chat: %v", err)
	}
}

func TestANewChatTakesThePlaceOfOneThatNobodyUses(t *testing.T) {
	v := begin(t, "")
	token, s, now := v.token(), v.adapter.store, time.Now()
	for n := range maxChats {
		id := fmt.Sprint(1000 + n)
		if err := s.change(id, func(c *chat) error { c.put(message{ID: "a"}); return nil }); err != nil {
			t.Fatal(err)
		}
		at := now.Add(time.Duration(n) * time.Second)
		if n < 2 {
			at = at.Add(-keepTime - time.Hour)
		}
		if err := s.root.Chtimes(filepath.Join(id, chatFile), at, at); err != nil {
			t.Fatal(err)
		}
	}
	defer s.watch("1000", make(chan struct{}, 1))()
	say := func(want int, words string) {
		t.Helper()
		body, kind := spoken("event", event, "text", "/help")
		if resp, said := v.ask("POST", "/api/say", body, token, kind); resp.StatusCode != want || !strings.Contains(said, words) {
			t.Errorf("somebody new is answered with %d: %s", resp.StatusCode, said)
		}
	}
	say(http.StatusOK, "")
	if !s.has("1000") || s.has("1001") || !s.has("1002") || !s.has(v.id()) {
		t.Error("another chat was removed than the one that nobody used or looked at")
	}
	v.client = v.another()
	token = v.token()
	say(http.StatusInsufficientStorage, "There are as many chats as this page keeps")
	if chats, err := s.chats(); err != nil || len(chats) != maxChats {
		t.Errorf("%d chats are kept, %v", len(chats), err)
	}
}

func TestAllFilesTogetherAreWithinTheLimit(t *testing.T) {
	s, err := openStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.limit = 11_000 // what is said is a few hundred
	put := func(id string, size int) {
		t.Helper()
		name, _, err := s.save(id, strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		f := file{ID: name, Size: int64(size)}
		if err := s.change(id, func(c *chat) error { c.put(message{ID: name, Images: []file{f}}); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	files := func(id string) int {
		c, err := s.read(id)
		if err != nil || len(c.Messages) == 0 {
			t.Errorf("chat %s is %+v, %v", id, c, err)
		}
		entries, _ := fs.ReadDir(s.root.FS(), id)
		if len(entries) != len(c.names())+1 {
			t.Errorf("in the folder of %s are %v", id, entries)
		}
		return len(c.names())
	}
	now := time.Now()
	for n, id := range []string{"1", "2", "3"} {
		put(id, 3000)
		at := now.Add(time.Duration(n-10) * time.Minute)
		if err := s.root.Chtimes(filepath.Join(id, chatFile), at, at); err != nil {
			t.Fatal(err)
		}
	}
	stop := s.watch("1", make(chan struct{}, 1))
	put("4", 3000)
	if files("1") != 1 || files("2") != 0 || files("3") != 1 || files("4") != 1 {
		t.Errorf("kept are %d, %d, %d and %d files, and not those but of the oldest that nobody looks at", files("1"), files("2"), files("3"), files("4"))
	}
	put("4", 6500)
	if files("1")+files("3") != 0 || files("4") != 2 {
		t.Errorf("kept are %d, %d and %d files, though one chat takes all", files("1"), files("3"), files("4"))
	}
	stop()
}

func TestNewChatsAreNotTooMany(t *testing.T) {
	v := begin(t, "")
	for n := range 2 * chatBurst {
		v.client = v.another()
		token := v.token()
		body, kind := spoken("event", event, "text", "/help")
		resp, said := v.ask("POST", "/api/say", body, token, kind)
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "" && n >= chatBurst {
			return
		}
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("chat %d is answered with %d: %s", n, resp.StatusCode, said)
		}
	}
	t.Error("nothing is too much")
}

func TestWhatACrashLeftIsClearedAway(t *testing.T) {
	dir := t.TempDir()
	s, err := openStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := s.save("7", strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.change("7", func(c *chat) error { c.put(message{ID: "a", Files: []file{{ID: kept}}}); return nil }); err != nil {
		t.Fatal(err)
	}
	orphan, _, err := s.save("7", strings.NewReader("orphan"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "7", chatFile+newFile), []byte(`{"mess`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.tidy(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.root.Stat("7/" + orphan); err != nil {
		t.Error("what is about to be in a message is gone")
	}
	if err := s.tidy(time.Now().Add(orphanAge + time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.save("8", strings.NewReader("orphan")); err != nil {
		t.Fatal(err)
	}
	if err := s.tidy(time.Now().Add(orphanAge + time.Minute)); err != nil {
		t.Fatal(err)
	}
	if chats, err := s.chats(); err != nil || !slices.Equal(chats, []string{"7"}) {
		t.Errorf("folders without a chat are kept: %v, %v", chats, err)
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "7"))
	if c, err := s.read("7"); err != nil || len(c.Messages) != 1 || len(entries) != 2 {
		t.Errorf("the chat is %+v, %v, in %v", c, err, entries)
	}
}

func TestAStreamGoesOnWhereItEnded(t *testing.T) {
	c := new(chat)
	c.put(message{ID: "a"})
	c.put(message{ID: "b"})
	seen := c.since(0)
	c.put(message{ID: "c"})
	c.put(message{ID: "a", Status: true})
	c.remove("b")
	got := c.since(seen.Rev)
	if !slices.Equal(got.IDs, []string{"a", "c"}) || len(got.Messages) != 2 || !got.Messages[0].Status || got.Rev <= seen.Rev {
		t.Errorf("after %d comes %+v", seen.Rev, got)
	}
	if again := c.since(got.Rev); len(again.Messages) != 0 {
		t.Errorf("what was told is told again: %+v", again)
	}
	if other := c.since(got.Rev + 1); len(other.Messages) != 2 {
		t.Errorf("of a chat before this one goes on %+v", other)
	}
}

// A pipe listens for the one connection that it is.
type pipe struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipe) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipe) Close() error { close(p.done); return nil }

func (pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// stream serves the events of a chat to read, until that returns.
func stream(t *testing.T, read func(t *testing.T, a *Adapter, conn net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		a, err := New(Config{Dir: t.TempDir(), Router: new(router), Log: discard})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- a.Run(ctx, func() {}) }()
		synctest.Wait()
		listener := pipe{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.events(w, r, "7") })}
		served := make(chan error)
		go func() { served <- server.Serve(listener) }()
		conn, theirs := net.Pipe()
		listener.conns <- theirs
		go func() { _, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }()
		read(t, a, conn)
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		_ = conn.Close()
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func TestAStreamWithNothingToSayIsKeptAlive(t *testing.T) {
	stream(t, func(t *testing.T, _ *Adapter, conn net.Conn) {
		lines, began := bufio.NewScanner(conn), time.Now()
		for lines.Scan() && lines.Text() != ":" { // a comment
		}
		if took := time.Since(began); took != heartbeat {
			t.Errorf("the first sign of life comes after %v", took)
		}
	})
}

func TestWhoTakesNothingIsCut(t *testing.T) {
	stream(t, func(t *testing.T, a *Adapter, conn net.Conn) {
		began := time.Now()
		for n := range 100 {
			err := a.store.change("7", func(c *chat) error {
				c.put(message{ID: fmt.Sprint(n), Text: []span{{Text: strings.Repeat("x", 1000)}}})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for a.streams.count() > 0 {
			time.Sleep(time.Second)
			if time.Since(began) > time.Minute {
				t.Fatal("a stream that nobody reads goes on")
			}
		}
	})
}

func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

func TestALimiterLetsThroughWhatItSaysAndNoMore(t *testing.T) {
	l, now := newLimiter(3, time.Second), time.Now()
	for n := range 3 {
		if wait := l.take("a", now); wait != 0 {
			t.Errorf("number %d waits for %v", n, wait)
		}
	}
	if wait := l.take("a", now); wait != time.Second {
		t.Errorf("one too many waits for %v", wait)
	}
	if wait := l.take("b", now); wait != 0 {
		t.Errorf("somebody else waits for %v", wait)
	}
	if wait := l.take("a", now.Add(time.Second)); wait != 0 {
		t.Errorf("a second later it waits for %v", wait)
	}
	for n := range 2 * maxKeys {
		l.take(fmt.Sprint(n), now.Add(time.Duration(n)*time.Second))
	}
	if len(l.full) > maxKeys {
		t.Errorf("%d keys are remembered", len(l.full))
	}
}
