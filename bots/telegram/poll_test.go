package telegram_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

var anna = botstest.From{UserID: "1001", Name: "Anna"}

func TestWhatWasTakenIsConfirmedAtTheEnd(t *testing.T) {
	s := newStage(t, echo)
	// The poll after the command, which would confirm it, never arrives.
	stalled := make(chan struct{}, 1)
	s.Break("getUpdates", telegramtest.Pass, telegramtest.Stall(stalled))
	s.Say(anna, "/imagine a fox")
	stop := s.run(t)
	s.awaitSent(t, 1)
	<-stalled
	if s.Pending() != 1 {
		t.Error("the update was confirmed before the end")
	}
	stop()
	if n := s.Pending(); n != 0 {
		t.Errorf("%d updates would come again", n)
	}
}

func TestUpdatesOfARestartAreTakenOnce(t *testing.T) {
	s := newStage(t, echo)
	stop := s.run(t)
	s.Say(anna, "/imagine one")
	s.awaitSent(t, 1)
	stop()
	s.Say(anna, "/imagine two")
	s.adapter = s.newAdapter(t, s.URL, echo)
	s.run(t)
	var got []string
	for _, m := range s.awaitSent(t, 2) {
		got = append(got, m.Text)
	}
	if want := []string{"one", "two"}; !slices.Equal(got, want) {
		t.Errorf("people read %q, want %q", got, want)
	}
}

func TestOnlyMessagesPressesAndSearchesAreAskedFor(t *testing.T) {
	s := newStage(t, echo)
	s.run(t)
	post := map[string]any{"message_id": 7, "chat": map[string]any{"id": telegramtest.GroupID, "type": "supergroup"},
		"from": telegramtest.Person(5, "Anna"), "text": "/imagine an edit"}
	s.Inject("edited_message", post)
	if kinds := s.Calls("getUpdates")[0].Params["allowed_updates"]; kinds != `["message","callback_query","inline_query"]` {
		t.Errorf("asked for %s", kinds)
	}
	s.Inject("channel_post", post)
	s.Inject("edited_channel_post", post)
	s.Say(anna, "/imagine a message")
	if got := s.awaitSent(t, 1)[0].Text; got != "a message" {
		t.Errorf("people read %q", got)
	}
}

func TestTheMenuIsPublishedWhenItDiffers(t *testing.T) {
	s := newStage(t, echo)
	s.run(t)()
	s.adapter = s.newAdapter(t, s.URL, echo)
	s.run(t)
	if n, want := len(s.Calls("setMyCommands")), len(commands.Languages); n != want {
		t.Errorf("setMyCommands was called %d times in two runs, want %d", n, want)
	}
	for language, locale := range map[string]string{"": "en", "de": "de", "es": "es", "pt": "pt-BR", "ru": "ru"} {
		menu := s.MenuIn(language)
		if len(menu) != 3 || menu["imagine"] != commands.Translate(locale, "Draw a picture") {
			t.Errorf("the menu for %q is %v", language, menu)
		}
	}
}

func TestWhatIsInHandIsFinishedAtTheEnd(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	s := newStage(t, handler(func(context.Context, *commands.Request) (commands.Reply, bool) {
		close(begun)
		<-release
		return commands.Reply{Text: commands.T("finished")}, false
	}))
	cancel, ended := s.begin(t)
	s.Say(anna, "/imagine a fox")
	<-begun
	cancel()
	select {
	case err := <-ended:
		t.Fatalf("Run ended with %v before the request", err)
	default:
	}
	if s.Pending() == 0 {
		t.Error("the request was confirmed before it was handled")
	}
	close(release)
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	if got := s.Sent(); len(got) != 1 || got[0].Text != "finished" {
		t.Errorf("people see %+v", got)
	}
	if s.Pending() != 0 {
		t.Error("the request would come again")
	}
}

func TestTheAPIMayLieBelowAPath(t *testing.T) {
	s := newStage(t, echo)
	front := httptest.NewServer(http.StripPrefix("/telegram/api", s))
	t.Cleanup(front.Close)
	s.adapter = s.newAdapter(t, front.URL+"/telegram/api/", echo)
	identity, err := s.adapter.Check(t.Context())
	if err != nil || identity != "@"+telegramtest.Username {
		t.Errorf("Check returned %q, %v", identity, err)
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	s := newStage(t, echo)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server was asked for %s", r.URL.Path)
	}))
	t.Cleanup(elsewhere.Close)
	_, tokenSecret, _ := strings.Cut(telegramtest.Token, ":")
	for name, fault := range map[string]telegramtest.Fault{
		"redirect":   telegramtest.Redirect(elsewhere.URL),
		"reset":      telegramtest.Reset,
		"quotation":  telegramtest.Refuse(400, "Bad Request: in /bot"+telegramtest.Token+"/getMe", nil),
		"half of it": telegramtest.Refuse(400, "Bad Request: "+tokenSecret, nil),
		"no status":  telegramtest.Garble("HTTP/1.1 %s\r\n\r\n"),
		"no HTTP":    telegramtest.Garble("%s\r\n"),
		"no header":  telegramtest.Garble("HTTP/1.1 200 OK\r\n%s\r\n\r\n"),
		"no length":  telegramtest.Garble("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"),
		"no coding":  telegramtest.Garble("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"),
		"no chunk":   telegramtest.Garble("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"),
		"HTML":       telegramtest.Body("<p>" + tokenSecret),
		"no success": telegramtest.Body(`{"ok":false}`),
	} {
		s.Break("getMe", fault)
		_, err := s.adapter.Check(t.Context())
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		checkSecrets(t, err.Error())
		if strings.Contains(err.Error(), s.URL) {
			t.Errorf("%s: the error holds the address: %v", name, err)
		}
	}
	s.adapter = s.newAdapter(t, "http://127.0.0.1:1", echo)
	_, err := s.adapter.Check(t.Context())
	checkSecrets(t, fmt.Sprint(err))
}
