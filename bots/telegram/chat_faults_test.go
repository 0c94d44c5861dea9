package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

// What may happen to a chat between a request and its answer, for every kind
// of answer.
func TestAnAnswerFindsItsPlace(t *testing.T) {
	const before, supergroup = -500, groupID - 2
	refuse := func(description string) telegramtest.Fault {
		return telegramtest.Refuse(400, "Bad Request: "+description, nil)
	}
	topic := map[string]any{"message_thread_id": 77, "is_topic_message": true}
	for _, c := range []struct {
		name    string
		chat    int64
		fields  map[string]any // of the request's message
		happens func(s *stage, request int)
		faults  []telegramtest.Fault // of the methods that send
		want    telegramtest.Sent    // where the answer stands; its chat is 0 when there is none
	}{
		{name: "nothing happens", chat: groupID, want: telegramtest.Sent{Chat: groupID, ReplyTo: 1}},
		{name: "a request that was deleted is answered all the same", chat: groupID,
			happens: func(s *stage, request int) { s.Unsay(groupID, request) },
			want:    telegramtest.Sent{Chat: groupID}},
		{name: "a request that is deleted meanwhile is answered all the same", chat: groupID,
			faults: []telegramtest.Fault{refuse("message to be replied not found")},
			want:   telegramtest.Sent{Chat: groupID}},
		{name: "a group that became a supergroup is followed", chat: before,
			happens: func(s *stage, _ int) {
				s.Migrate(before, supergroup)
				s.Message(supergroup, nil) // the number of the request is another message's there
			},
			want: telegramtest.Sent{Chat: supergroup}},
		{name: "a group that moves for ever is not", chat: before,
			happens: func(s *stage, _ int) {
				s.Migrate(before, supergroup)
				s.Migrate(supergroup, supergroup-1)
			}},
		{name: "a topic is kept", chat: forumID, fields: topic, want: telegramtest.Sent{Chat: forumID, Thread: 77, ReplyTo: 1}},
		{name: "a group that has no topics any more is answered below the request", chat: forumID, fields: topic,
			happens: func(s *stage, _ int) { s.CloseTopics(forumID) },
			want:    telegramtest.Sent{Chat: forumID, ReplyTo: 1}},
		{name: "a topic that was deleted with the request takes no answer", chat: forumID, fields: topic,
			happens: func(s *stage, request int) {
				s.CloseTopics(forumID)
				s.Unsay(forumID, request)
			}},
		{name: "a topic that is closed takes no answer", chat: forumID, fields: topic,
			faults: []telegramtest.Fault{refuse("TOPIC_CLOSED")}},
		{name: "a chat that threw the bot out takes no answer", chat: groupID,
			happens: func(s *stage, _ int) { s.Forbid(groupID, "bot was kicked from the supergroup chat") }},
	} {
		for kind, reply := range map[string]commands.Reply{
			"words":     words("a fox"),
			"a picture": picture(t, encode(t, 64, 64), "a fox"),
			"a file":    picture(t, encodeGIF(t), "a fox"),
		} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				s := newStage(t, echo)
				s.AddGroup(before)
				s.AddGroup(forumID, 77)
				to, request := s.command(t, c.chat, c.fields)
				if c.happens != nil {
					c.happens(s, request)
				}
				for _, method := range []string{"sendMessage", "sendPhoto", "sendDocument"} {
					s.Break(method, c.faults...)
				}
				_, err := s.adapter.Deliver(t.Context(), to, reply)
				if c.want.Chat == 0 {
					if !errors.Is(err, commands.ErrUndeliverable) || len(s.Sent()) != 0 {
						t.Errorf("Deliver ended with %v, and people see %+v", err, s.Sent())
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				sent := s.Sent()
				if len(sent) != 1 || sent[0].Text != "a fox" || sent[0].Chat != c.want.Chat || sent[0].Thread != c.want.Thread || sent[0].ReplyTo != c.want.ReplyTo {
					t.Errorf("people see %+v, want one at %+v", sent, c.want)
				}
			})
		}
	}
}

func TestAGroupThatBecameASupergroupIsFollowedByAllThatComesThen(t *testing.T) {
	const before, after = -500, groupID - 2
	router, asked := always(words("done"), false)
	s := newStage(t, router)
	s.AddGroup(before)
	to, _ := s.command(t, before, nil)
	to = s.show(t, to, "⏳ one")
	s.Migrate(before, after)
	s.SetMember(after, 1002, "administrator")
	if err := s.adapter.Progress(t.Context(), to); err != nil {
		t.Errorf("progress: %v", err)
	}
	to = s.show(t, to, "⏳ two")
	to = s.show(t, to, "⏳ three")
	if got := s.Sent(); len(got) != 2 || got[1].Chat != after || got[1].Text != "⏳ three" {
		t.Errorf("people see %+v", got)
	}
	if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent(); len(got) != 2 || got[1].Chat != after || got[1].Text != "a fox" {
		t.Errorf("after the delivery people see %+v", got)
	}
	s.run(t)
	// The button below the old status, and by who manages the group now.
	s.Callback(bea, map[string]any{"message_id": 2, "date": 0, "chat": map[string]any{"id": before, "type": "group"}}, "cancel:k3v9")
	if req := <-asked; !req.Moderator {
		t.Error("whoever manages the supergroup is no moderator")
	}
	if got := s.awaitSent(t, 3)[2]; got.Chat != after || got.Text != "done\nFor Bea" {
		t.Errorf("the press is answered by %+v", got)
	}
}

// A follower is a router that is told which chats have another id.
type follower struct {
	handler
	moved chan string
}

func (f follower) Moved(_ context.Context, platform, from, to string) {
	f.moved <- platform + " " + from + " " + to
}

func TestWhatIsStoredOfAGroupFollowsItToItsSupergroup(t *testing.T) {
	const before, after = -500, groupID - 2
	for name, hears := range map[string]func(t *testing.T, s *stage){
		"by the group's last message":       func(_ *testing.T, s *stage) { s.Message(before, map[string]any{"migrate_to_chat_id": after}) },
		"by the supergroup's first message": func(_ *testing.T, s *stage) { s.Message(after, map[string]any{"migrate_from_chat_id": before}) },
		"by an answer that finds it gone": func(t *testing.T, s *stage) {
			to, _ := s.command(t, before, nil)
			s.Migrate(before, after)
			if _, err := s.adapter.Deliver(t.Context(), to, words("a fox")); err != nil {
				t.Error(err)
			}
		},
		"by a call that finds it gone": func(t *testing.T, s *stage) {
			to, _ := s.command(t, before, nil)
			s.Migrate(before, after)
			if err := s.adapter.Progress(t.Context(), to); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			router, _ := always(words("done"), false)
			f := follower{router, make(chan string, 10)}
			s := newStage(t, f)
			s.AddGroup(before)
			s.AddGroup(after)
			hears(t, s)
			s.run(t)
			select {
			case moved := <-f.moved:
				if want := fmt.Sprintf("telegram %d %d", before, after); moved != want {
					t.Errorf("moved is %q, want %q", moved, want)
				}
			case <-time.After(patience):
				t.Error("nothing is moved")
			}
		})
	}
}

func TestRefusedMarkupIsSentAsText(t *testing.T) {
	const unparsed = `Bad Request: can't parse entities: Unsupported start tag "secretword" at byte offset 3`
	for _, c := range []struct {
		name        string
		description string
		refused     int // how often
		want        int // messages that people see
	}{
		{"refused once it is text", unparsed, 1, 1},
		{"refused once it is read it is text", "Bad Request: ENTITY_BOUNDS_INVALID", 1, 1},
		{"refused as text as well it is given up", unparsed, 2, 0},
	} {
		refused := telegramtest.Refuse(400, c.description, nil)
		for kind, reply := range map[string]commands.Reply{"words": {}, "a picture": picture(t, encode(t, 64, 64), "")} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				s := newStage(t, echo)
				to, _ := s.command(t, groupID, nil)
				for range c.refused {
					s.Break("sendMessage", refused)
					s.Break("sendPhoto", refused)
				}
				s.Break("sendDocument", refused)
				reply.Text = commands.Text{{Text: "<a> & "}, {Text: "b", Style: commands.Bold}}
				_, err := s.adapter.Deliver(t.Context(), to, reply)
				sent := s.Sent()
				if (err == nil) != (c.want > 0) || len(sent) != c.want {
					t.Fatalf("Deliver ended with %v, and people see %+v", err, sent)
				}
				if err != nil {
					checkSecrets(t, err.Error())
				} else if got := sent[0]; got.Text != "<a> & b" || len(got.Entities) != 0 {
					t.Errorf("sent %+v", got)
				}
			})
		}
	}
}
