package telegram_test

import (
	"encoding/json"
	"errors"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
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
