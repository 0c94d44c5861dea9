package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
)

func TestWhatIsAskedOfTheBot(t *testing.T) {
	const (
		private = `"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Anna","last_name":"B","language_code":"de"}`
		group   = `"chat":{"id":-9,"type":"group"},"from":{"id":5,"first_name":"Anna"}`
		forum   = `"chat":{"id":-1009,"type":"supergroup","is_forum":true},"from":{"id":5,"first_name":"Anna"}`
	)
	for _, c := range []struct {
		name, message string
		command, text string // "" when nobody is asked
	}{
		{"private command", private + `,"text":"/imagine a fox"`, "imagine", "a fox"},
		{"command in capitals", private + `,"text":"/Imagine a fox"`, "imagine", "a fox"},
		{"several lines", private + `,"text":"/imagine a fox\nin snow"`, "imagine", "a fox\nin snow"},
		{"no-break space", private + `,"text":"/imagine\u00a0a fox"`, "imagine", "a fox"},
		{"caption", private + `,"photo":[{"file_id":"x","width":1,"height":1}],"caption":"/imagine a fox"`, "imagine", "a fox"},
		{"unknown command in private", private + `,"text":"/paint a fox"`, "paint", "a fox"},
		{"talk in private", private + `,"text":"hello"`, "start", ""},
		{"picture in private", private + `,"photo":[{"file_id":"x","width":1,"height":1}]`, "start", ""},
		{"further pictures of an album", private + `,"media_group_id":"1","photo":[{"file_id":"x","width":1,"height":1}]`, "", ""},
		{"notice in private", private + `,"message_auto_delete_timer_changed":{"message_auto_delete_time":9}`, "", ""},
		{"group command", group + `,"text":"/imagine a fox"`, "imagine", "a fox"},
		{"command to this bot", group + `,"text":"/imagine@kellyTESTbot a fox"`, "imagine", "a fox"},
		{"command to another bot", group + `,"text":"/imagine@OtherBot a fox"`, "", ""},
		{"private command to another bot", private + `,"text":"/imagine@OtherBot a fox"`, "", ""},
		{"unknown command in a group", group + `,"text":"/paint a fox"`, "", ""},
		{"unknown command to this bot", group + `,"text":"/paint@KellyTestBot a fox"`, "paint", "a fox"},
		{"talk in a group", group + `,"text":"hello /imagine a fox"`, "", ""},
		{"command in a topic", forum + `,"is_topic_message":true,"message_thread_id":77,"text":"/imagine a fox"`, "imagine", "a fox"},
		{"sent through another bot", group + `,"via_bot":{"id":8,"is_bot":true},"text":"/imagine a fox"`, "", ""},
		{"another bot", `"chat":{"id":-9,"type":"group"},"from":{"id":8,"is_bot":true},"text":"/imagine a fox"`, "", ""},
		{"linked channel's post", forum + `,"is_automatic_forward":true,"sender_chat":{"id":-1001,"type":"channel"},"text":"/imagine a fox"`, "", ""},
		{"nobody", `"chat":{"id":-9,"type":"group"},"text":"/imagine a fox"`, "", ""},
		{"nowhere", `"from":{"id":5,"first_name":"Anna"},"text":"/imagine a fox"`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, ok := translate(t, c.message)
			if !ok {
				req = &commands.Request{}
			}
			if req.Command != c.command || req.Text != c.text {
				t.Errorf("asked for %q with %q, want %q with %q", req.Command, req.Text, c.command, c.text)
			}
		})
	}
}

func TestThePicturesOfARequest(t *testing.T) {
	const (
		group  = `"chat":{"id":-9,"type":"group"},"from":{"id":5,"first_name":"Anna"}`
		photo  = `"photo":[{"file_id":"small","width":9,"height":9,"file_size":10},{"file_id":"large","width":90,"height":90,"file_size":100}]`
		image  = `"document":{"file_id":"doc","mime_type":"image/png","file_size":7}`
		letter = `"document":{"file_id":"doc","mime_type":"application/pdf","file_size":7}`
	)
	for _, c := range []struct {
		name, message        string
		attachments, replied string
		repliesTo            string
	}{
		{"a photo", group + `,"caption":"/imagine night",` + photo, `{"file_id":"large","size":100}`, "", ""},
		{"a file that is a picture", group + `,"caption":"/imagine night",` + image, `{"file_id":"doc","size":7,"document":true}`, "", ""},
		{"another file", group + `,"caption":"/imagine night",` + letter, "", "", ""},
		{"none", group + `,"text":"/imagine night"`, "", "", ""},
		{"a reply to a photo", group + `,"text":"/imagine night","reply_to_message":{"message_id":7,` + group + `,` + photo + `}`, "", `{"file_id":"large","size":100}`, "7"},
		{"a reply to words, with a photo", group + `,"caption":"/imagine night",` + photo + `,"reply_to_message":{"message_id":7,` + group + `,"text":"x"}`,
			`{"file_id":"large","size":100}`, "", "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, ok := translate(t, c.message)
			if !ok {
				t.Fatal("nobody was asked")
			}
			files := func(all []commands.Attachment) (s string) {
				for _, a := range all {
					s += string(a.Data)
				}
				return s
			}
			if files(req.Attachments) != c.attachments || files(req.Replied) != c.replied || req.Message != c.repliesTo || req.Pressed {
				t.Errorf("the request has %s and %s of message %q", files(req.Attachments), files(req.Replied), req.Message)
			}
		})
	}
}

func TestWhoAsksAndWhere(t *testing.T) {
	for _, c := range []struct {
		name, message string
		want          commands.Request
		address       string
	}{
		{
			"a person in private",
			`"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Anna","last_name":"B","language_code":"de"}`,
			commands.Request{User: commands.User{ID: "5", Name: "Anna B"}, Chat: commands.Chat{ID: "5", Private: true}, Locale: "de", Moderator: true},
			`{"chat":5,"message":33}`,
		},
		{
			"a member of a group",
			`"chat":{"id":-9,"type":"group"},"from":{"id":5,"first_name":"Anna"}`,
			commands.Request{User: commands.User{ID: "5", Name: "Anna"}, Chat: commands.Chat{ID: "-9"}},
			`{"chat":-9,"message":33}`,
		},
		{
			"somebody in a topic",
			`"chat":{"id":-1009,"type":"supergroup"},"from":{"id":5,"first_name":"Anna"},"is_topic_message":true,"message_thread_id":77`,
			commands.Request{User: commands.User{ID: "5", Name: "Anna"}, Chat: commands.Chat{ID: "-1009", Thread: "77"}},
			`{"chat":-1009,"thread":77,"message":33}`,
		},
		{
			"somebody in a thread of replies, which is no topic",
			`"chat":{"id":-1009,"type":"supergroup"},"from":{"id":5,"first_name":"Anna"},"message_thread_id":30`,
			commands.Request{User: commands.User{ID: "5", Name: "Anna"}, Chat: commands.Chat{ID: "-1009"}},
			`{"chat":-1009,"message":33}`,
		},
		{
			"an anonymous administrator",
			`"chat":{"id":-1009,"type":"supergroup"},"from":{"id":1087968824,"is_bot":true},"sender_chat":{"id":-1009,"title":"Foxes"}`,
			commands.Request{User: commands.User{ID: "-1009", Name: "Foxes"}, Chat: commands.Chat{ID: "-1009"}, Moderator: true},
			`{"chat":-1009,"message":33}`,
		},
		{
			"somebody in the name of a channel",
			`"chat":{"id":-1009,"type":"supergroup"},"from":{"id":136817688,"is_bot":true},"sender_chat":{"id":-1002,"title":"News"}`,
			commands.Request{User: commands.User{ID: "-1002", Name: "News"}, Chat: commands.Chat{ID: "-1009"}},
			`{"chat":-1009,"message":33}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, ok := translate(t, c.message+`,"text":"/imagine a fox"`)
			if !ok {
				t.Fatal("nobody was asked")
			}
			if req.ID != "telegram:7000000001:100001" || req.Received.IsZero() {
				t.Errorf("the request's id is %q, its time %v", req.ID, req.Received)
			}
			if req.User != c.want.User || req.Chat != c.want.Chat || req.Locale != c.want.Locale || req.Moderator != c.want.Moderator {
				t.Errorf("got %+v", req)
			}
			if req.Address.Platform != "telegram" || string(req.Address.Data) != c.address {
				t.Errorf("the answer goes to %s %s, want %s", req.Address.Platform, req.Address.Data, c.address)
			}
		})
	}
}

// translate makes a request of a message with the fields.
func translate(t *testing.T, fields string) (*commands.Request, bool) {
	t.Helper()
	var m telebot.Message
	if err := json.Unmarshal([]byte(`{"message_id":33,"date":1700000000,`+fields+`}`), &m); err != nil {
		t.Fatal(err)
	}
	return newReceiver((&script{}).adapter(t, pending, slog.DiscardHandler)).request(100001, &m)
}

// A listener is a router that wants to know what people say.
type listener struct{ handler }

func (l listener) Command(platform, name string) *commands.Command {
	if name == "say" {
		return &commands.Command{Name: name, Hidden: true}
	}
	return l.handler.Command(platform, name)
}

func TestTalkInPrivateIsForSayWhereThereIsOne(t *testing.T) {
	for _, c := range []struct{ chat, said, command, text string }{
		{"private", `"text":"a red fox\nin snow"`, "say", "a red fox\nin snow"},
		{"private", `"photo":[{"file_id":"x","width":1,"height":1}]`, "start", ""},
		{"private", `"photo":[{"file_id":"x","width":1,"height":1}],"caption":"a red fox"`, "start", ""},
		{"private", `"text":"/imagine a red fox"`, "imagine", "a red fox"},
		{"private", `"text":"/say a red fox"`, "say", "a red fox"},
		{"group", `"text":"a red fox"`, "", ""},
		{"group", `"text":"/say a red fox"`, "", ""},
	} {
		var m telebot.Message
		if err := json.Unmarshal([]byte(`{"message_id":33,"chat":{"id":5,"type":"`+c.chat+`"},"from":{"id":5,"first_name":"Anna"},`+c.said+`}`), &m); err != nil {
			t.Fatal(err)
		}
		a := (&script{}).adapter(t, pending, slog.DiscardHandler)
		a.router = listener{pending}
		req, ok := newReceiver(a).request(100001, &m)
		if !ok {
			req = &commands.Request{}
		}
		if req.Command != c.command || req.Text != c.text {
			t.Errorf("%s in a %s asks %q with %q", c.said, c.chat, req.Command, req.Text)
		}
	}
}

func newReceiver(a *Adapter) *receiver {
	return &receiver{
		Adapter: a,
		me:      &telebot.User{ID: 7000000001, Username: "KellyTestBot"},
		work:    context.Background(),
		inHand:  map[int]bool{},
	}
}

func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{
		`{"update_id":1,"message":{"message_id":2,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"A"},"text":"/imagine a secretword"}}`,
		`{"update_id":1,"message":{"message_id":2,"chat":{"id":-5,"type":"group"},"sender_chat":{"id":-5},"text":"/imagine@KellyTestBot x"}}`,
		`{"update_id":1,"message":{"chat":{"id":5},"photo":[],"caption":"secretword"}}`,
		`{"update_id":1,"message":{"chat":"secretword"}}`,
		`{"update_id":1,"message":null}`,
		`{"update_id":1,"callback_query":{"id":"9","from":{"id":5,"first_name":"A"},"message":{"message_id":3,"date":0,"chat":{"id":5,"type":"private"}},"data":"cancel:k3v9"}}`,
		`{"update_id":1,"callback_query":{"id":"9","from":{"id":5},"message":{"chat":{"id":-5}},"data":"secretword"}}`,
		`{"update_id":1,"callback_query":{"data":"cancel:k3v9"}}`,
		`[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var log bytes.Buffer
		var asked []*commands.Request
		router := func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
			asked = append(asked, req)
			return commands.Reply{}, true
		}
		newReceiver((&script{}).adapter(t, router, slog.NewTextHandler(&log, nil))).handle(1, raw, func(bool) {})
		if strings.Contains(log.String(), "secretword") {
			t.Errorf("what a user wrote is in the log: %s", &log)
		}
		for _, req := range asked {
			if req.User.ID == "" || req.Command == "" || req.Command != strings.ToLower(req.Command) || req.Chat.ID == "" {
				t.Errorf("an odd request: %+v", req)
			}
			if at, err := parseAddress(req.Address); err == nil && decimal(at.Chat) != req.Chat.ID {
				t.Errorf("an answer for chat %s goes to %d", req.Chat.ID, at.Chat)
			}
		}
	})
}
