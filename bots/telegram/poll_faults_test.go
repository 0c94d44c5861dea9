package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"kellybot/bots"
	"kellybot/bots/telegram/telegramtest"
)

func TestAFaultThatPassesIsWaitedOut(t *testing.T) {
	refuse := func(code int, description string) telegramtest.Fault {
		return telegramtest.Refuse(code, description, nil)
	}
	for _, c := range []struct {
		name  string
		fault telegramtest.Fault
	}{
		{"a flood", telegramtest.Flood(0)},
		{"a flood that a header tells", telegramtest.FloodPage(1)},
		{"an error of the server", refuse(500, "Internal Server Error")},
		{"a restart of the server", refuse(429, "Too Many Requests: restart in progress")},
		{"a page of HTML", telegramtest.Page(502)},
		{"a page of a proxy that wants a token of its own", telegramtest.Page(401)},
		{"a place where there is no API yet", telegramtest.Page(404)},
		{"a broken connection", telegramtest.Reset},
		{"a lost answer", telegramtest.LoseAnswer},
		{"an answer that is cut off", telegramtest.Garble("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,")},
		{"an answer that is no JSON", telegramtest.Body("OK")},
		{"an answer of another kind", telegramtest.Body(`{"ok":true,"result":"secretword"}`)},
		{"another program that polls", refuse(409, "Conflict: terminated by other getUpdates request")},
	} {
		for _, method := range []string{"getMe", "getWebhookInfo", "getUpdates"} {
			t.Run(c.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, echo)
				s.Break(method, c.fault)
				s.Say(anna, "/imagine in the end")
				s.run(t)
				s.awaitSent(t, 1)
				if log := s.log.String(); strings.Count(log, "level=WARN")+strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "Telegram answers again") {
					t.Errorf("the log does not tell of the outage:\n%s", log)
				}
			})
		}
	}
}

func TestARefusedTokenEndsTheAdapter(t *testing.T) {
	for _, c := range []struct {
		name        string
		code        int
		description string
	}{
		{"one that was revoked", 401, "Unauthorized"},
		{"one that never was any", 404, "Not Found"},
	} {
		for _, method := range []string{"getMe", "getWebhookInfo", "deleteWebhook", "getUpdates"} {
			t.Run(c.name+"/"+method, func(t *testing.T) {
				s := newStage(t, echo)
				s.SetWebhook("https://example.com/hook")
				s.Break(method, telegramtest.Refuse(c.code, c.description, nil))
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				err := s.adapter.Run(ctx, func() { t.Error("it receives events") })
				if !errors.Is(err, bots.ErrToken) {
					t.Errorf("Run ended with %v", err)
				}
				checkSecrets(t, fmt.Sprint(err))
				s.log.checkSecrets(t)
			})
		}
	}
	t.Run("one that is revoked meanwhile", func(t *testing.T) {
		s := newStage(t, echo)
		_, ended := s.begin(t)
		s.RefuseToken()
		if err := <-ended; !errors.Is(err, bots.ErrToken) {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestAWebhookMakesWayAndLosesNothing(t *testing.T) {
	passing := telegramtest.Refuse(500, "Internal Server Error", nil)
	for _, c := range []struct {
		name    string
		webhook string
		faults  []telegramtest.Fault // of deleteWebhook
		removed int                  // how often the server took a removal
	}{
		{"none is left alone", "", nil, 0},
		{"a leftover is removed", "https://example.com/hook", nil, 1},
		{"a leftover is removed, if not at once", "https://example.com/hook", []telegramtest.Fault{passing, passing}, 1},
		{"a leftover whose removal is not confirmed is removed", "https://example.com/hook", []telegramtest.Fault{telegramtest.LoseAnswer}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, echo)
			s.SetWebhook(c.webhook)
			s.Break("deleteWebhook", c.faults...)
			s.Say(anna, "/imagine while the bot was away")
			s.run(t)
			if got := s.awaitSent(t, 1)[0].Text; got != "while the bot was away" {
				t.Errorf("people read %q", got)
			}
			if n := len(s.Calls("deleteWebhook")); n != c.removed {
				t.Errorf("deleteWebhook was taken %d times, want %d", n, c.removed)
			}
		})
	}
}

func TestAPoisonUpdateIsSkippedAndNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		poison func(s *stage) int // returns the id to be named, or 0
	}{
		{"a message that is a word", func(s *stage) int { return s.Inject("message", "secretword") }},
		{"a message of wrong types", func(s *stage) int { return s.Inject("message", map[string]any{"message_id": "secretword"}) }},
		{"a message that makes the library panic", func(s *stage) int {
			return s.Inject("message", map[string]any{"message_id": 1, "photo": []any{}, "caption": "secretword"})
		}},
		{"a press that is a list", func(s *stage) int { return s.Inject("callback_query", []string{"secretword"}) }},
		{"an update that is a word", func(s *stage) int { s.InjectRaw(`"secretword"`); return 0 }},
		{"an update that is nothing", func(s *stage) int { s.InjectRaw(`null`); return 0 }},
		{"an update whose id is a word", func(s *stage) int { s.InjectRaw(`{"update_id":"secretword"}`); return 0 }},
		{"an update whose id is below all", func(s *stage) int { s.InjectRaw(`{"update_id":-7,"message":"secretword"}`); return 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			named := "without an id"
			if id := c.poison(s); id != 0 {
				named = fmt.Sprintf("update=%d", id)
			}
			s.Say(anna, "/imagine after all")
			stop := s.run(t)
			if got := s.awaitSent(t, 1)[0].Text; got != "after all" {
				t.Errorf("people read %q", got)
			}
			s.await(t, "the confirmation", func() bool { return s.Pending() == 0 })
			stop()
			if log := s.log.String(); strings.Count(log, named) != 1 {
				t.Errorf("the log does not name it once, as %q:\n%s", named, log)
			}
		})
	}
}

func TestARefusedMenuStopsNothing(t *testing.T) {
	s := newStage(t, echo)
	s.Break("setMyCommands", telegramtest.Refuse(400, "Bad Request: BOT_COMMAND_INVALID", nil))
	s.run(t)
	s.Say(anna, "/imagine all the same")
	s.awaitSent(t, 1)
	if !strings.Contains(s.log.String(), "BOT_COMMAND_INVALID") {
		t.Error("the log does not say why there is no menu")
	}
}

// switching makes the connection another, and holds it until the bot lets go.
func switching(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // the server speaks HTTP/1.1
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(io.Discard, buffered)
}

func TestAConnectionThatWouldBecomeAnotherHangsNothing(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.Break("getMe", switching)
	if _, err := s.adapter.Check(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "HTTP 101") {
		t.Errorf("a call ends with %v", err)
	}
	s.Break("sendPhoto", switching)
	if _, err := s.adapter.Deliver(ctx, to, picture(t, encode(t, 64, 64), "a fox")); err != nil {
		t.Errorf("an upload ends with %v", err)
	}
}
