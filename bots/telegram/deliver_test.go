package telegram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"kellybot/bots"
	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
	"kellybot/kelly"
)

const (
	groupID = telegramtest.GroupID
	forumID = groupID - 1
)

// command has Anna ask for a picture in the chat, and returns the address for
// the answer and the command's message.
func (s *stage) command(t *testing.T, chat int64, fields map[string]any) (commands.Address, int) {
	t.Helper()
	message := s.Message(chat, fields)
	thread, _ := fields["message_thread_id"].(int)
	data, err := json.Marshal(map[string]any{"chat": chat, "thread": thread, "message": message})
	if err != nil {
		t.Fatal(err)
	}
	return commands.Address{Platform: "telegram", Data: data}, message
}

func words(text string) commands.Reply { return commands.Reply{Text: commands.T(text)} }

func TestAnAnswerRepliesInItsTopic(t *testing.T) {
	s := newStage(t, echo)
	s.AddGroup(forumID, 77)
	to, message := s.command(t, forumID, map[string]any{"message_thread_id": 77, "is_topic_message": true})
	receipt, err := s.adapter.Deliver(t.Context(), to, words("see https://example.com"))
	if err != nil {
		t.Fatal(err)
	}
	got := s.Sent()[0]
	if got.Chat != forumID || got.Thread != 77 || got.ReplyTo != message || got.Previews {
		t.Errorf("sent %+v", got)
	}
	if receipt.MessageID != "2" {
		t.Errorf("the receipt is for message %q", receipt.MessageID)
	}
	if err := s.adapter.Progress(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if action := s.Calls("sendChatAction")[0].Params; action["message_thread_id"] != "77" || action["action"] != "upload_photo" {
		t.Errorf("the action is %v", action)
	}
}

func TestADeletedRequestIsAnsweredAllTheSame(t *testing.T) {
	s := newStage(t, echo)
	to := commands.Address{Platform: "telegram", Data: json.RawMessage(`{"chat":-1001000000001,"message":4242}`)}
	if _, err := s.adapter.Deliver(t.Context(), to, words("here")); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[0]; got.ReplyTo != 0 || got.Text != "here" {
		t.Errorf("sent %+v", got)
	}
}

func TestAnAddressOfAnotherPlatformIsRefused(t *testing.T) {
	s := newStage(t, echo)
	for _, data := range []string{"", "{}", `{"chat":"x"}`, "[]"} {
		_, err := s.adapter.Deliver(t.Context(), commands.Address{Data: json.RawMessage(data)}, words("here"))
		if !errors.Is(err, commands.ErrUndeliverable) {
			t.Errorf("a delivery to %q ended with %v", data, err)
		}
	}
	if n := len(s.Calls("")); n != 0 {
		t.Errorf("the server was called %d times", n)
	}
}

func TestHowAPictureIsSent(t *testing.T) {
	large := append(encode(t, 64, 64), make([]byte, 11<<20)...)
	tooLarge := append(encode(t, 64, 64), make([]byte, 51<<20)...)
	for _, c := range []struct {
		name    string
		picture []byte
		fault   telegramtest.Fault // of sendPhoto
		more    telegramtest.Fault // of sendDocument
		want    string             // the method that sends in the end
	}{
		{"an ordinary one", encode(t, 64, 48), nil, nil, "sendPhoto"},
		{"a long one", encode(t, 6000, 2), nil, nil, "sendDocument"},
		{"one of 11 MB", large, nil, nil, "sendDocument"},
		{"one of 51 MB", tooLarge, nil, nil, "sendMessage"},
		{"a GIF", encodeGIF(t), nil, nil, "sendDocument"},
		{"its dimensions are refused", encode(t, 64, 48), telegramtest.Refuse(400, "Bad Request: PHOTO_INVALID_DIMENSIONS", nil), nil, "sendDocument"},
		{"it cannot be processed", encode(t, 64, 48), telegramtest.Refuse(400, "Bad Request: IMAGE_PROCESS_FAILED", nil), nil, "sendDocument"},
		{"photos are not allowed", encode(t, 64, 48), telegramtest.Refuse(400, "Bad Request: not enough rights to send photos to the chat", nil), nil, "sendDocument"},
		{"it is too large by an own server's rule", encode(t, 64, 48), telegramtest.Refuse(413, "Request Entity Too Large", nil),
			telegramtest.Refuse(413, "Request Entity Too Large", nil), "sendMessage"},
		{"it is too large for a proxy", encode(t, 64, 48), telegramtest.Page(413), telegramtest.Page(413), "sendMessage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			to, message := s.command(t, groupID, nil)
			if c.fault != nil {
				s.Break("sendPhoto", c.fault)
			}
			if c.more != nil {
				s.Break("sendDocument", c.more)
			}
			receipt, err := s.adapter.Deliver(t.Context(), to, picture(t, c.picture, "a fox"))
			if err != nil {
				t.Fatal(err)
			}
			sent := s.Sent()
			if len(sent) != 1 || sent[0].Method != c.want || sent[0].ReplyTo != message {
				t.Fatalf("sent %+v, want one message by %s", sent, c.want)
			}
			if got := sent[0]; got.File != nil {
				if got.Text != "a fox" || !bytes.Equal(got.File.Bytes, c.picture) {
					t.Errorf("the caption is %q, the file of %d bytes another one", got.Text, len(got.File.Bytes))
				}
				if want := []string{"file--1001000000001-2"}; !slices.Equal(receipt.FileIDs, want) {
					t.Errorf("the receipt names the files %v, want %v", receipt.FileIDs, want)
				}
			} else if !strings.Contains(got.Text, "MB") || !strings.HasSuffix(got.Text, "\na fox") || len(receipt.FileIDs) > 0 {
				t.Errorf("people read %q", got.Text)
			}
			if receipt.MessageID != "2" {
				t.Errorf("the receipt is for message %q", receipt.MessageID)
			}
		})
	}
}

func TestAPictureThatIsRefusedForGoodEndsInWords(t *testing.T) {
	const mayNot, doesNotTake = "this chat does not let me send pictures", "Telegram does not take it"
	for _, c := range []struct {
		name            string
		photo, document string // the refusals
		want            string
		messages        int // for two pictures
	}{
		{"no rights", "not enough rights to send photos to the chat", "not enough rights to send documents to the chat", mayNot, 1},
		{"names of rights", "CHAT_SEND_PHOTOS_FORBIDDEN", "CHAT_SEND_DOCS_FORBIDDEN", mayNot, 1},
		{"no media", "CHAT_SEND_MEDIA_FORBIDDEN", "CHAT_SEND_MEDIA_FORBIDDEN", mayNot, 1},
		{"something else", "IMAGE_PROCESS_FAILED", "MEDIA_INVALID", doesNotTake, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			to, message := s.command(t, groupID, nil)
			for range 2 {
				s.Break("sendPhoto", telegramtest.Refuse(400, "Bad Request: "+c.photo, nil))
				s.Break("sendDocument", telegramtest.Refuse(400, "Bad Request: "+c.document, nil))
			}
			reply := picture(t, encode(t, 64, 64), "a fox")
			reply.Images = append(reply.Images, reply.Images[0])
			reply.Buttons = []commands.Button{cancelButton}
			receipt, err := s.adapter.Deliver(t.Context(), to, reply)
			if err != nil {
				t.Fatal(err)
			}
			sent := s.Sent()
			if len(sent) != c.messages {
				t.Fatalf("people see %+v", sent)
			}
			if got := sent[0]; !strings.Contains(got.Text, c.want) || !strings.HasSuffix(got.Text, "\na fox") || got.ReplyTo != message || len(got.Buttons) != 1 {
				t.Errorf("people see %+v", got)
			}
			if receipt.MessageID != "2" || len(receipt.FileIDs) != 0 {
				t.Errorf("the receipt is %+v", receipt)
			}
		})
	}
}

func TestAChatThatTakesNeitherPicturesNorWordsIsUndeliverable(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	for _, method := range []string{"sendPhoto", "sendDocument", "sendMessage"} {
		s.Break(method, telegramtest.Refuse(400, "Bad Request: not enough rights to send photos to the chat", nil))
	}
	_, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox"))
	if !errors.Is(err, commands.ErrUndeliverable) || len(s.Sent()) != 0 {
		t.Errorf("Deliver ended with %v, and people see %+v", err, s.Sent())
	}
}

func TestSeveralPicturesComeInOrder(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reply := picture(t, encode(t, 64, 64), "two foxes")
	reply.Images = append(reply.Images, picture(t, encode(t, 6000, 2), "").Images...)
	receipt, err := s.adapter.Deliver(t.Context(), to, reply)
	if err != nil {
		t.Fatal(err)
	}
	sent := s.Sent()
	if len(sent) != 2 || sent[0].Text != "two foxes" || sent[1].Text != "" || sent[1].Method != "sendDocument" {
		t.Errorf("sent %+v", sent)
	}
	if receipt.MessageID != "2" || len(receipt.FileIDs) != 2 {
		t.Errorf("the receipt is %+v", receipt)
	}
}

func TestFaultsOfADeliveryAreRetried(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"flood":           telegramtest.Flood(1),
		"error":           telegramtest.Refuse(500, "Internal Server Error", nil),
		"page of HTML":    telegramtest.Page(502),
		"flood of a page": telegramtest.Page(429),
		"reset":           telegramtest.Reset,
	} {
		for method, reply := range map[string]commands.Reply{
			"sendMessage": words("a fox"),
			"sendPhoto":   picture(t, encode(t, 64, 64), "a fox"),
		} {
			t.Run(name+" of "+method, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, echo)
				to, _ := s.command(t, groupID, nil)
				s.Break(method, fault)
				if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
					t.Fatal(err)
				}
				if sent := s.Sent(); len(sent) != 1 || sent[0].Text != "a fox" {
					t.Errorf("sent %+v", sent)
				}
			})
		}
	}
}

func TestALostAnswerIsSentAgainAndTold(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendPhoto", telegramtest.LoseAnswer)
	if _, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), secret)); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Sent()); n != 2 {
		t.Errorf("people see %d messages", n)
	}
	if !strings.Contains(s.log.String(), "may be there twice") {
		t.Errorf("the log does not tell:\n%s", s.log)
	}
	s.log.checkSecrets(t)
}

func TestWhatSurelyDidNotArriveIsNotToldTwice(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendMessage", telegramtest.Flood(0))
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.log.String(), "may be there twice") {
		t.Errorf("the log is wrong:\n%s", s.log)
	}
}

func TestWhatMayHaveArrivedIsRepeatedOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []telegramtest.Fault
		people int // how many messages they see
		fails  bool
	}{
		{"lost for good", []telegramtest.Fault{telegramtest.LoseAnswer, telegramtest.LoseAnswer, telegramtest.LoseAnswer}, 2, true},
		{"lost in turns", []telegramtest.Fault{telegramtest.LoseAnswer, telegramtest.Flood(0), telegramtest.LoseAnswer}, 2, true},
		{"lost once", []telegramtest.Fault{telegramtest.LoseAnswer, telegramtest.Flood(0)}, 2, false},
		{"lost by a proxy", []telegramtest.Fault{after(telegramtest.Page(504)), after(telegramtest.Page(504)), after(telegramtest.Page(504))}, 2, true},
		{"a proxy's refusals", []telegramtest.Fault{telegramtest.Page(429), telegramtest.Page(403)}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			s.Break("sendMessage", c.faults...)
			_, err := s.adapter.Deliver(t.Context(), to, words("a fox"))
			if (err != nil) != c.fails || errors.Is(err, commands.ErrUndeliverable) {
				t.Errorf("Deliver ended with %v", err)
			}
			if n := len(s.Sent()); n != c.people {
				t.Errorf("people see %d messages, want %d", n, c.people)
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

// after is a fault of the way back only.
func after(fault telegramtest.Fault) telegramtest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		fault(w, r, next)
	}
}

func TestAReceiptThatCannotBeReadIsNoFailure(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"an odd message": telegramtest.Body(`{"ok":true,"result":{"message_id":"x"}}`),
		"no message":     telegramtest.Body(`{"ok":true}`),
		"no JSON":        telegramtest.Body("OK"),
		"nothing":        telegramtest.Body(""),
		"half of it":     telegramtest.Garble("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,"),
	} {
		for method, reply := range map[string]commands.Reply{
			"sendMessage": words("a fox"),
			"sendPhoto":   picture(t, encode(t, 64, 64), "a fox"),
		} {
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			s.Break(method, fault)
			if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
				t.Errorf("%s of %s: %v", name, method, err)
			}
			if n := len(s.Sent()); n != 0 {
				t.Errorf("%s of %s: it was sent again", name, method)
			}
			if !strings.Contains(s.log.String(), "its receipt cannot be read") {
				t.Errorf("%s of %s: the log does not tell", name, method)
			}
		}
	}
}

func TestADeliveryThatIsRefusedIsTriedOnce(t *testing.T) {
	const final, token, later = "never", "with another token", "later"
	for name, c := range map[string]struct {
		fault telegramtest.Fault
		again string // when it may be delivered
	}{
		"blocked":         {telegramtest.Refuse(403, "Forbidden: bot was blocked by the user", nil), final},
		"kicked":          {telegramtest.Refuse(403, "Forbidden: bot was kicked from the supergroup chat", nil), final},
		"user gone":       {telegramtest.Refuse(403, "Forbidden: user is deactivated", nil), final},
		"chat gone":       {telegramtest.Refuse(400, "Bad Request: chat not found", nil), final},
		"no rights":       {telegramtest.Refuse(400, "Bad Request: not enough rights to send text messages to the chat", nil), final},
		"topic gone":      {telegramtest.Refuse(400, "Bad Request: message thread not found", nil), final},
		"topic closed":    {telegramtest.Refuse(400, "Bad Request: TOPIC_CLOSED", nil), final},
		"what users said": {telegramtest.Refuse(400, "Bad Request: message is too long", nil), final},
		"token revoked":   {telegramtest.Refuse(401, "Unauthorized", nil), token},
		"method unknown":  {telegramtest.Refuse(404, "Not Found: method not found", nil), later},
		"long flood":      {telegramtest.Flood(3600), later},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			s.Break("sendMessage", c.fault)
			_, err := s.adapter.Deliver(t.Context(), to, words(secret))
			if err == nil || errors.Is(err, commands.ErrUndeliverable) != (c.again == final) || errors.Is(err, bots.ErrToken) != (c.again == token) {
				t.Fatalf("Deliver ended with %v", err)
			}
			checkSecrets(t, err.Error())
			if n := len(s.Sent()); n != 0 {
				t.Errorf("people see %d messages", n)
			}
		})
	}
}

func TestADeliveryThatFailsInAllAttemptsMayBeMadeLater(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"flood":   telegramtest.Flood(0),
		"error":   telegramtest.Refuse(500, "Internal Server Error", nil),
		"a proxy": telegramtest.Page(403),
		"reset":   telegramtest.Reset,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			for range telegram.SendAttempts {
				s.Break("sendMessage", fault)
			}
			_, err := s.adapter.Deliver(t.Context(), to, words("a fox"))
			if err == nil || errors.Is(err, commands.ErrUndeliverable) {
				t.Errorf("Deliver ended with %v", err)
			}
			if n := len(s.Sent()); n != 0 {
				t.Errorf("people see %d messages", n)
			}
		})
	}
}

func TestRefusedMarkupIsSentAsText(t *testing.T) {
	refused := telegramtest.Refuse(400, `Bad Request: can't parse entities: Unsupported start tag "secretword" at byte offset 3`, nil)
	reply := commands.Reply{Text: commands.Text{{Text: "<a> & "}, {Text: "b", Style: commands.Bold}}}
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendMessage", refused)
	if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[0]; got.Text != "<a> & b" || len(got.Entities) != 0 {
		t.Errorf("sent %+v", got)
	}
	s.Break("sendMessage", refused, refused)
	_, err := s.adapter.Deliver(t.Context(), to, reply)
	if err == nil || len(s.Sent()) != 1 {
		t.Fatalf("refused twice, Deliver ended with %v and people see %d messages", err, len(s.Sent()))
	}
	checkSecrets(t, err.Error())
}

func TestAGroupThatBecameASupergroupIsFollowed(t *testing.T) {
	const before, after = -500, groupID - 2
	s := newStage(t, echo)
	s.AddGroup(before)
	to, _ := s.command(t, before, nil)
	s.Migrate(before, after)
	// The number of the request is another message's there.
	s.Message(after, nil)
	if _, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox")); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[0]; got.Chat != after || got.ReplyTo != 0 {
		t.Errorf("sent %+v", got)
	}
	s.Migrate(after, after-1)
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err == nil {
		t.Error("a second move is followed")
	}
}

func TestACancelledUploadLetsGoOfThePicture(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reached := make(chan struct{}, 1)
	s.Break("sendPhoto", telegramtest.Stall(reached))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	b := append(encode(t, 64, 64), make([]byte, 4<<20)...)
	_, err := s.adapter.Deliver(ctx, to, picture(t, b, "a fox"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver ended with %v", err)
	}
	clear(b) // the race detector sees whoever still reads
}

func TestUploadsAtOnceAreBounded(t *testing.T) {
	const many = telegram.MaxUploads + 5
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reached, release := make(chan struct{}, many), make(chan struct{})
	for range many {
		s.Break("sendPhoto", telegramtest.Hold(reached, release))
	}
	var uploads sync.WaitGroup
	for range many {
		reply := picture(t, encode(t, 64, 64), "a fox")
		uploads.Go(func() {
			if _, err := s.adapter.Deliver(context.Background(), to, reply); err != nil {
				t.Error(err)
			}
		})
	}
	for range telegram.MaxUploads {
		<-reached
	}
	if n := len(reached); n != 0 {
		t.Errorf("%d more uploads than allowed are under way", n)
	}
	// Whoever cannot begin does not wait longer than its context.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.adapter.Deliver(ctx, to, picture(t, encode(t, 64, 64), "late")); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver ended with %v", err)
	}
	close(release)
	uploads.Wait()
	if n := len(s.Sent()); n != many {
		t.Errorf("people see %d pictures, want %d", n, many)
	}
}

func FuzzTextIsReadAsItWasWritten(f *testing.F) {
	f.Add("a <b> & &amp; \"c\" 'd'", "@everyone", "--size 1x1 `x`")
	f.Add("</b>@kelly_bot</code>", "x@example.com é@name &lt;", "\x00\xff<")
	f.Fuzz(func(t *testing.T, plain, bold, code string) {
		text := commands.Text{{Text: plain}, {Text: bold, Style: commands.Bold}, {Text: code, Style: commands.Code}}
		got, _, err := telegramtest.ParseHTML(telegram.HTML(text, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, span := range text {
			want += strings.ToValidUTF8(span.Text, "\uFFFD")
		}
		if got != want {
			t.Errorf("people read %q, want %q", got, want)
		}
	})
}

func picture(t *testing.T, b []byte, caption string) commands.Reply {
	t.Helper()
	p, err := kelly.NewPicture(b)
	if err != nil {
		t.Fatal(err)
	}
	return commands.Reply{Text: commands.T(caption), Images: []commands.Image{{Name: "fox." + string(p.Format), Picture: p}}}
}

func encode(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeGIF(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
