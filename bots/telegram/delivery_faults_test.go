package telegram_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

// after is a fault of the way back only.
func after(fault telegramtest.Fault) telegramtest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		fault(w, r, next)
	}
}

// An outcome is how a delivery ends.
type outcome int

const (
	delivered outcome = iota
	again             // it may be delivered later
	never
	closed // never, for nobody is there any more
	noToken
)

func ended(err error) outcome {
	switch {
	case err == nil:
		return delivered
	case errors.Is(err, commands.ErrClosed):
		return closed
	case errors.Is(err, commands.ErrUndeliverable):
		return never
	case errors.Is(err, bots.ErrToken):
		return noToken
	}
	return again
}

func TestHowADeliveryEnds(t *testing.T) {
	type faults []telegramtest.Fault
	times := func(n int, fault telegramtest.Fault) (all faults) {
		for range n {
			all = append(all, fault)
		}
		return all
	}
	refuse := func(code int, description string) faults {
		return times(1, telegramtest.Refuse(code, description, nil))
	}
	fails := telegramtest.Refuse(500, "Internal Server Error", nil)
	lose, flood := telegramtest.LoseAnswer, telegramtest.Flood(0)
	dated := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		telegramtest.Page(429)(w, r, next)
	}
	const twice, noReceipt = "may be there twice", "its receipt cannot be read"
	small := encode(t, 64, 64)
	long := append(encode(t, 64, 64), make([]byte, 9<<20)...) // so that it is still on its way when the connection breaks
	for _, c := range []struct {
		name   string
		faults faults // that the attempts meet
		want   outcome
		people int    // how many messages they see
		log    string // what it tells, and otherwise neither of the two
		of     string // the only kind of reply that can meet this, or ""
	}{
		{"a flood is waited out", faults{telegramtest.Flood(1)}, delivered, 1, "", ""},
		{"a flood that a header tells is waited out", faults{telegramtest.FloodPage(1)}, delivered, 1, "", ""},
		{"a long flood is left for later", faults{telegramtest.Flood(3600)}, again, 0, "", ""},
		{"a long flood that a header tells is left for later", faults{telegramtest.FloodPage(3600)}, again, 0, "", ""},
		{"a long flood that a header dates is left for later", faults{dated}, again, 0, "", ""},
		{"a long flood that is told in fractions is left for later", faults{telegramtest.Refuse(429, "Too Many Requests", map[string]any{"retry_after": 3600.5})}, again, 0, "", ""},
		{"a flood without end is left for later", times(telegram.SendAttempts, flood), again, 0, "", ""},
		{"an error of the server passes", faults{fails}, delivered, 1, twice, ""},
		{"an error of the server that stays is repeated once", times(2, fails), again, 0, twice, ""},
		{"a page of HTML passes", faults{telegramtest.Page(502)}, delivered, 1, twice, ""},
		{"a page of HTML that calls itself a success is none", faults{telegramtest.Page(200)}, delivered, 1, twice, ""},
		{"a page of a proxy that refuses is no refusal", faults{telegramtest.Page(429), telegramtest.Page(403)}, delivered, 1, "", ""},
		{"a proxy that refuses all is left for later", times(telegram.SendAttempts, telegramtest.Page(403)), again, 0, "", ""},

		{"a connection that breaks before an answer passes", faults{telegramtest.Reset}, delivered, 1, twice, "words"},
		{"a connection that breaks in the middle of the request surely brought nothing", times(2, telegramtest.Cut), delivered, 1, "", "a picture"},
		{"a lost answer is sent again, and that is told", faults{lose}, delivered, 2, twice, ""},
		{"lost answers are sent again once", times(3, lose), again, 2, twice, ""},
		{"lost answers are sent again once, whatever lies between", faults{lose, flood, lose}, again, 2, twice, ""},
		{"a lost answer and a flood", faults{lose, flood}, delivered, 2, twice, ""},
		{"answers that a proxy loses are sent again once", times(3, after(telegramtest.Page(504))), again, 2, twice, ""},

		{"a success with an odd message is one", faults{after(telegramtest.Body(`{"ok":true,"result":{"message_id":"x"}}`))}, delivered, 1, noReceipt, ""},
		{"a success without a message is one", faults{after(telegramtest.Body(`{"ok":true}`))}, delivered, 1, noReceipt, ""},
		{"a success that is no JSON is one", faults{after(telegramtest.Body("OK"))}, delivered, 1, noReceipt, ""},
		{"a success that is empty is one", faults{after(telegramtest.Body(""))}, delivered, 1, noReceipt, ""},
		{"a success that is cut off is one", faults{after(telegramtest.Garble("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,"))}, delivered, 1, noReceipt, ""},

		{"a user who blocked the bot is left alone", refuse(403, "Forbidden: bot was blocked by the user"), closed, 0, "", ""},
		{"a user who is gone is left alone", refuse(403, "Forbidden: user is deactivated"), closed, 0, "", ""},
		{"a user who never wrote is left alone", refuse(403, "Forbidden: bot can't initiate conversation with a user"), closed, 0, "", ""},
		{"a group that threw the bot out is left alone", refuse(403, "Forbidden: bot was kicked from the supergroup chat"), closed, 0, "", ""},
		{"a chat that is gone is left alone", refuse(400, "Bad Request: chat not found"), closed, 0, "", ""},
		{"a chat where the bot may not write is left alone", refuse(400, "Bad Request: not enough rights to send text messages to the chat"), closed, 0, "", ""},
		{"a chat that Telegram closed is left alone", refuse(400, "Bad Request: CHAT_RESTRICTED"), closed, 0, "", ""},
		{"a chat that admins closed is left alone", refuse(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), closed, 0, "", ""},
		{"a topic that is closed is left alone", refuse(400, "Bad Request: TOPIC_CLOSED"), closed, 0, "", ""},
		{"a text that is refused is not sent again", refuse(400, "Bad Request: message is too long"), never, 0, "", ""},
		{"a token that was revoked may be replaced", refuse(401, "Unauthorized"), noToken, 0, "", ""},
		{"a method that an own server lacks may come", refuse(404, "Not Found: method not found"), again, 0, "", ""},
	} {
		for _, pictured := range []bool{false, true} {
			name, reply, methods := "words", words(secret), []string{"sendMessage"}
			if pictured {
				image := small
				if c.of != "" {
					image = long
				}
				name, reply, methods = "a picture", picture(t, image, secret), []string{"sendPhoto"}
				if c.want == never || c.want == closed {
					methods = append(methods, "sendDocument", "sendMessage")
				}
			}
			if c.of != "" && c.of != name {
				continue
			}
			t.Run(c.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, echo)
				to, _ := s.command(t, groupID, nil)
				for _, method := range methods {
					s.Break(method, c.faults...)
				}
				_, err := s.adapter.Deliver(t.Context(), to, reply)
				if ended(err) != c.want {
					t.Errorf("Deliver ended with %v", err)
				}
				if err != nil {
					checkSecrets(t, err.Error())
				}
				if n := len(s.Sent()); n != c.people {
					t.Errorf("people see %d messages, want %d", n, c.people)
				}
				for _, words := range []string{twice, noReceipt} {
					if told := strings.Contains(s.log.String(), words); told != (words == c.log) {
						t.Errorf("%q is told: %v; the log:\n%s", words, told, s.log)
					}
				}
				s.log.checkSecrets(t)
			})
		}
	}
}

// An answer that nobody stores is tried once like any other.
func TestAnAnswerThatIsNotStoredIsRefusedOnce(t *testing.T) {
	for name, ask := range map[string]func(s *stage){
		"to a command": func(s *stage) { s.Say(botstest.From{UserID: "1001", Name: "Anna", Private: true}, "/imagine "+secret) },
		"to a press": func(s *stage) {
			s.Callback(anna, map[string]any{"message_id": 1, "date": 0, "chat": map[string]any{"id": 1001, "type": "private"}}, "imagine:x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, echo)
			s.AddPrivate(1001)
			s.Forbid(1001, "bot was blocked by the user")
			stop := s.run(t)
			ask(s)
			s.await(t, "the refusal", func() bool { return len(s.Calls("sendMessage")) > 0 })
			s.Say(bea, "/imagine all the same")
			s.awaitSent(t, 1)
			stop()
			if n := len(s.Calls("sendMessage")); n != 2 {
				t.Errorf("%d messages were sent", n)
			}
			if n := strings.Count(s.log.String(), "an answer could not be delivered"); n != 1 {
				t.Errorf("the log tells of it %d times:\n%s", n, s.log)
			}
		})
	}
}

// The count is the message's, whatever ways it is sent in.
func TestAPictureThatMayHaveArrivedIsRepeatedOnceInAllItsForms(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendPhoto", telegramtest.LoseAnswer, telegramtest.Refuse(400, "Bad Request: IMAGE_PROCESS_FAILED", nil))
	s.Break("sendDocument", telegramtest.LoseAnswer, telegramtest.LoseAnswer)
	_, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox"))
	if n := len(s.Sent()); err == nil || n != 2 {
		t.Errorf("Deliver ended with %v, and people see %d messages", err, n)
	}
}

// Who finds an upload too large may close the connection, and what it answers is
// lost then.
func TestAPictureWhoseUploadsAreCutBecomesSmaller(t *testing.T) {
	large := append(encode(t, 64, 64), make([]byte, 9<<20)...)
	unreadable := append(bytes.Clone(large[:33]), make([]byte, 9<<20)...)
	tooLarge := telegramtest.CutLarge(1 << 20)
	for _, c := range []struct {
		name     string
		pictures [][]byte
		want     outcome
		files    []string
	}{
		{"it is a JPEG", [][]byte{large}, delivered, []string{"fox.jpg"}},
		{"each of an album is one", [][]byte{large, large}, delivered, []string{"fox.jpg", "fox.jpg"}},
		{"one that nobody can make smaller waits for a better line", [][]byte{unreadable}, again, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			for _, method := range []string{"sendPhoto", "sendMediaGroup"} {
				for range 10 {
					s.Break(method, tooLarge)
				}
			}
			reply := picture(t, c.pictures[0], "a fox")
			for _, file := range c.pictures[1:] {
				reply.Images = append(reply.Images, picture(t, file, "").Images...)
			}
			_, err := s.adapter.Deliver(t.Context(), to, reply)
			if ended(err) != c.want {
				t.Errorf("Deliver ended with %v", err)
			}
			var files []string
			for _, sent := range s.Sent() {
				if sent.File == nil {
					t.Errorf("people read %q", sent.Text)
					continue
				}
				files = append(files, sent.File.Name)
			}
			if !slices.Equal(files, c.files) {
				t.Errorf("people see %v", files)
			}
		})
	}
}
