package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

// fetch returns a file that the platform must give out.
func (s *stage) fetch(t *testing.T, a commands.Attachment) []byte {
	t.Helper()
	body, size, err := s.adapter.Fetch(t.Context(), a)
	if errors.Is(err, commands.ErrNotAPicture) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil || int64(len(b)) != size {
		t.Errorf("of %d bytes came %d, %v", size, len(b), err)
	}
	return b
}

// pictured is how many pictures of the receipt can be fetched.
func pictured(receipt commands.Receipt) (n int) {
	for _, image := range receipt.Images {
		if image.File.Data != nil {
			n++
		}
	}
	return n
}

func file(id string) commands.Attachment {
	data, err := json.Marshal(map[string]any{"file_id": id})
	if err != nil {
		panic(err)
	}
	return commands.Attachment{Data: data}
}

func TestWhatCannotBeFetched(t *testing.T) {
	elsewhere := telegramtest.Start(t)
	for _, c := range []struct {
		name   string
		of     commands.Attachment
		method string // that the fault meets
		fault  telegramtest.Fault
		want   error
		calls  int // of getFile
	}{
		{"one of another platform", commands.Attachment{Data: json.RawMessage(`{"url":"x"}`)}, "", nil, commands.ErrUnfetched, 0},
		{"one without data", commands.Attachment{}, "", nil, commands.ErrUnfetched, 0},
		{"one that is too large, as was said", commands.Attachment{Data: json.RawMessage(`{"file_id":"fox","size":20971521}`)}, "", nil, commands.ErrNotAPicture, 0},
		{"one that is too large, as Telegram says now", file("large"), "", nil, commands.ErrNotAPicture, 1},
		{"an empty one", file("empty"), "", nil, commands.ErrNotAPicture, 1},
		{"one that is gone", file("gone"), "", nil, commands.ErrUnfetched, 1},
		{"one somewhere else", file("fox"), "getFile", telegramtest.Body(`{"ok":true,"result":{"file_id":"fox","file_path":"../../x"}}`), commands.ErrUnfetched, 1},
		{"one without a path", file("fox"), "getFile", telegramtest.Body(`{"ok":true,"result":{"file_id":"fox"}}`), commands.ErrUnfetched, 1},
		{"one that leads elsewhere", file("fox"), "files/fox", telegramtest.Redirect(elsewhere.URL), commands.ErrUnfetched, 3},
		{"one that is not found after all", file("fox"), "files/fox", telegramtest.Refuse(404, "Not Found", nil), commands.ErrUnfetched, 1},
		{"during a long flood", file("fox"), "getFile", telegramtest.Flood(3600), commands.ErrUnfetched, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			s.AddFile("fox", []byte("a fox"))
			s.AddFile("large", make([]byte, 20<<20+1))
			s.AddFile("empty", nil)
			if c.fault != nil {
				s.Break(c.method, c.fault, c.fault, c.fault)
			}
			body, _, err := s.adapter.Fetch(t.Context(), c.of)
			if !errors.Is(err, c.want) || body != nil {
				t.Fatalf("Fetch ended with %v", err)
			}
			checkSecrets(t, err.Error())
			if n := len(s.Calls("getFile")); n > c.calls {
				t.Errorf("getFile was called %d times", n)
			}
			if n := len(elsewhere.Calls("")); n != 0 {
				t.Errorf("another server was called %d times", n)
			}
		})
	}
}

func TestAFaultThatPassesIsNoneOfAFile(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"reset":   telegramtest.Reset,
		"page":    telegramtest.Page(502),
		"flood":   telegramtest.Flood(0),
		"garbled": telegramtest.Garble("no HTTP of %s\r\n\r\n"),
	} {
		for _, method := range []string{"getFile", "files/fox"} {
			t.Run(name+" "+method, func(t *testing.T) {
				s := newStage(t, echo)
				s.AddFile("fox", []byte("a fox"))
				s.Break(method, fault)
				if got := string(s.fetch(t, file("fox"))); got != "a fox" {
					t.Errorf("the file is %q", got)
				}
			})
		}
	}
}

func TestAFileThatBreaksOffWasNotFetched(t *testing.T) {
	s := newStage(t, echo)
	s.AddFile("fox", []byte("a fox"))
	s.Break("files/fox", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "a f")
	})
	body, size, err := s.adapter.Fetch(t.Context(), file("fox"))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); !errors.Is(err, commands.ErrUnfetched) || size != 1000 || string(b) != "a f" {
		t.Errorf("of %d bytes came %q, %v", size, b, err)
	}
}

func TestAFetchEndsWithItsContext(t *testing.T) {
	s := newStage(t, echo)
	s.AddFile("fox", []byte("a fox"))
	reached := make(chan struct{}, 1)
	s.Break("files/fox", telegramtest.Stall(reached))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	if _, _, err := s.adapter.Fetch(ctx, file("fox")); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "files/") {
		t.Errorf("Fetch ended with %v", err)
	}
}
