package telegram_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func status(text string) commands.Status {
	return commands.Status{Text: commands.T(text), Buttons: []commands.Button{cancelButton}}
}

var cancelButton = commands.Button{Label: "✖️ Cancel", Command: "cancel", ID: "k3v9"}

// show shows a status that must show, and returns the address to go on with.
func (s *stage) show(t *testing.T, to commands.Address, text string) commands.Address {
	t.Helper()
	to, err := s.adapter.Show(t.Context(), to, status(text))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestAStatusIsOneMessageInTheRequestsTopic(t *testing.T) {
	s := newStage(t, echo)
	s.AddGroup(forumID, 77)
	to, message := s.command(t, forumID, map[string]any{"message_thread_id": 77, "is_topic_message": true})
	to = s.show(t, to, "⏳ one")
	if again := s.show(t, to, "⏳ two"); !reflect.DeepEqual(again, to) {
		t.Errorf("the address %s became %s", to.Data, again.Data)
	}
	s.show(t, to, "⏳ two")
	want := telegramtest.Sent{
		Method: "sendMessage", Chat: forumID, Thread: 77, ID: message + 1, ReplyTo: message, Text: "⏳ two",
		Buttons: [][]telegramtest.Button{{{Text: "✖️ Cancel", Data: "cancel:k3v9"}}},
	}
	if got := s.Sent(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("people see %+v, want %+v", got, want)
	}
	if _, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox")); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent(); len(got) != 1 || got[0].Text != "a fox" || got[0].Thread != 77 || got[0].ReplyTo != message {
		t.Errorf("after the delivery people see %+v", got)
	}
}

func TestAStatusIsTriedOnce(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"flood":   telegramtest.Flood(1),
		"error":   telegramtest.Refuse(500, "Internal Server Error", nil),
		"reset":   telegramtest.Reset,
		"gone":    telegramtest.Refuse(400, "Bad Request: message to edit not found", nil),
		"blocked": telegramtest.Refuse(403, "Forbidden: bot was blocked by the user", nil),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			for _, method := range []string{"sendMessage", "editMessageText"} {
				s.Break(method, fault)
				at, err := s.adapter.Show(t.Context(), to, status("⏳ lost"))
				if err == nil || !reflect.DeepEqual(at, to) {
					t.Errorf("Show by %s ended with %v at %s", method, err, at.Data)
				}
				if method == "sendMessage" {
					to = s.show(t, to, "⏳ shown")
				}
			}
			if got := s.Sent(); len(got) != 1 || got[0].Text != "⏳ shown" {
				t.Errorf("people see %+v", got)
			}
		})
	}
}

func TestAStatusThatCannotBeRemovedIsNoFailure(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	to = s.show(t, to, "⏳ one")
	s.Break("deleteMessage", telegramtest.Refuse(400, "Bad Request: message can't be deleted for everyone", nil))
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Sent()); n != 2 {
		t.Errorf("people see %d messages", n)
	}
	if log := s.log.String(); !strings.Contains(log, "level=DEBUG") || strings.Contains(log, "level=WARN") {
		t.Errorf("the log is\n%s", log)
	}
}

func TestAStatusGoesWhenTelegramIsAwayForAMoment(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	to = s.show(t, to, "⏳ one")
	s.Break("deleteMessage", telegramtest.Refuse(500, "Internal Server Error", nil), telegramtest.Flood(0))
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent(); len(got) != 1 || got[0].Text != "a fox" {
		t.Errorf("people see %+v", got)
	}
}

func TestAStatusStaysWhileTheAnswerIsNotDelivered(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	to = s.show(t, to, "⏳ one")
	s.Break("sendMessage", telegramtest.Flood(3600))
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err == nil {
		t.Error("no error")
	}
	if got := s.Sent(); len(got) != 1 || got[0].Text != "⏳ one" {
		t.Errorf("people see %+v", got)
	}
}

func TestAnAddressOfAnotherPlatformShowsNothing(t *testing.T) {
	s := newStage(t, echo)
	to := commands.Address{Data: json.RawMessage(`{"token":"x"}`)}
	if at, err := s.adapter.Show(t.Context(), to, status("⏳")); err == nil || !reflect.DeepEqual(at, to) {
		t.Errorf("Show ended with %v at %s", err, at.Data)
	}
}

func TestAButtonThatTelegramRefusesIsNoDelivery(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reply := words("a fox")
	reply.Buttons = []commands.Button{{Label: "x", Command: "cancel", ID: "k3v9x2m4p7q8a"}}
	s.Break("sendMessage", telegramtest.Refuse(400, "Bad Request: BUTTON_DATA_INVALID", nil))
	if _, err := s.adapter.Deliver(t.Context(), to, reply); !errors.Is(err, commands.ErrUndeliverable) {
		t.Errorf("Deliver ended with %v", err)
	}
}
