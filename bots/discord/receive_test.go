package discord

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

func TestACommandBecomesARequest(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.SetUploadLimit(25 << 20)
		b.Use(anna, "imagine", map[string]string{"prompt": "a red fox\nin snow", "model": "X", "negative": "text"})
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		got := b.router.last(t)
		var event struct{ ID string }
		if err := json.Unmarshal(b.Event(), &event); err != nil {
			t.Fatal(err)
		}
		if got.ID != "discord:"+discordtest.AppID+":"+event.ID || got.Command != "imagine" || got.Text != "a red fox\nin snow" {
			t.Errorf("the request is %q: %q %q", got.ID, got.Command, got.Text)
		}
		if !maps.Equal(got.Options, map[string]string{"model": "X", "negative": "text"}) {
			t.Errorf("the options are %v", got.Options)
		}
		if got.User != (commands.User{ID: anna.UserID, Name: anna.Name}) {
			t.Errorf("the user is %+v", got.User)
		}
		if got.Chat != (commands.Chat{ID: discordtest.ChannelID, Server: discordtest.GuildID, UploadLimit: 25 << 20}) {
			t.Errorf("the chat is %+v", got.Chat)
		}
		if got.Locale != "en-GB" || got.Moderator || !got.Received.Equal(time.Now()) {
			t.Errorf("the locale is %q, a moderator: %v, received %v", got.Locale, got.Moderator, got.Received)
		}
	})
}

func TestNumbersSwitchesAndPicturesAreFieldsOfACommand(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.Use(anna, "imagine", map[string]string{"prompt": "a red fox", "number": "4"})
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		if got := b.router.last(t); !maps.Equal(got.Options, map[string]string{"number": "4"}) || len(got.Attachments) != 0 {
			t.Errorf("the request is %+v", got)
		}
		if b.Use(anna, "imagine", map[string]string{"prompt": "a red fox", "number": "5"}) != "" {
			t.Error("five may be asked for")
		}
		for on, want := range map[string]map[string]string{"true": {"chat": "yes"}, "false": nil} {
			b.Use(anna, "imagine", map[string]string{"prompt": "a red fox", "chat": on})
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			if got := b.router.last(t); !maps.Equal(got.Options, want) {
				t.Errorf("%s is %+v", on, got.Options)
			}
		}
		b.Use(anna, "upscale", nil, fox)
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		if got := b.router.last(t); len(got.Attachments) != 1 || len(got.Options) != 0 || len(got.Replied) != 0 {
			t.Errorf("the request is %+v", got)
		}
	})
}

func TestTheMenuOfAMessageIsARequestAboutIt(t *testing.T) {
	text := botstest.File{Name: "notes.txt", ContentType: "text/plain", Bytes: []byte("a fox")}
	onBench(t, func(t *testing.T, b *bench) {
		ours := b.brought(t, anna, false, deleteButton)
		for name, c := range map[string]struct {
			message  string
			pictures int
		}{
			"of the bot":                       {ours, 1},
			"of a person":                      {b.Post(bea, text, fox, fox), 2},
			"of a person who has sent no more": {b.Post(bea), 0},
		} {
			b.Choose(anna, "Upscale", c.message)
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			got := b.router.last(t)
			if got.Command != "upscale" || got.Message != c.message || len(got.Replied) != c.pictures || got.Text != "" || len(got.Attachments) != 0 || got.Pressed {
				t.Errorf("%s: the request is %+v", name, got)
			}
			if c.pictures == 2 {
				if read, err := b.fetch(t, got.Replied[0]); err != nil || !bytes.Equal(read, fox.Bytes) {
					t.Errorf("%s: fetched %q, %v", name, read, err)
				}
			}
			if _, err := b.adapter.Deliver(t.Context(), got.Address, drawn(t, 0)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnEntryThatIsNoMoreIsAnsweredByTheRouter(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.Interact(anna, "imagine", map[string]any{"data": map[string]any{"id": "1", "name": "Make it older", "type": 3, "target_id": "5"}})
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		if got := b.router.last(t); got.Command != "Make it older" || got.Message != "5" {
			t.Errorf("the request is %+v", got)
		}
	})
}

func TestWhereACommandIsUsedDecidesWhatItsUserMay(t *testing.T) {
	member := func(change map[string]any) map[string]any {
		member := map[string]any{"user": map[string]any{"id": "7", "username": "cem", "global_name": "Cem"}, "permissions": "0", "nick": nil}
		maps.Copy(member, change)
		return map[string]any{"member": member}
	}
	for name, c := range map[string]struct {
		from    botstest.From
		changed map[string]any
		want    func(commands.Request) bool
	}{
		"an ordinary member":          {changed: member(nil), want: func(r commands.Request) bool { return !r.Moderator && r.User.Name == "Cem" }},
		"who may manage messages":     {changed: member(map[string]any{"permissions": "8192"}), want: func(r commands.Request) bool { return r.Moderator }},
		"an administrator":            {changed: member(map[string]any{"permissions": "8"}), want: func(r commands.Request) bool { return r.Moderator }},
		"every permission there is":   {changed: member(map[string]any{"permissions": "2251799813685247"}), want: func(r commands.Request) bool { return r.Moderator }},
		"a nickname":                  {changed: member(map[string]any{"nick": "C."}), want: func(r commands.Request) bool { return r.User.Name == "C." }},
		"a private chat with the bot": {from: botstest.From{UserID: "7", Private: true}, want: func(r commands.Request) bool { return r.Moderator && r.Chat.Private && r.Chat.Server == "" }},
		"a chat between users": {from: botstest.From{UserID: "7", Private: true}, changed: map[string]any{"context": 2},
			want: func(r commands.Request) bool { return !r.Moderator && !r.Chat.Private }},
		"a thread":                  {changed: map[string]any{"channel": map[string]any{"id": "1", "type": 11, "parent_id": "99"}}, want: func(r commands.Request) bool { return r.Chat.Parent == "99" }},
		"a channel of a category":   {changed: map[string]any{"channel": map[string]any{"id": "1", "type": 0, "parent_id": "99"}}, want: func(r commands.Request) bool { return r.Chat.Parent == "" }},
		"a channel for adults":      {changed: map[string]any{"channel": map[string]any{"id": "1", "nsfw": true}}, want: func(r commands.Request) bool { return r.Chat.AgeRestricted }},
		"a limit that is not told":  {changed: map[string]any{"attachment_size_limit": nil}, want: func(r commands.Request) bool { return r.Chat.UploadLimit == 0 }},
		"a command that is no more": {changed: map[string]any{"data": map[string]any{"id": "1", "name": "old", "type": 1}}, want: func(r commands.Request) bool { return r.Command == "old" && r.Text == "" }},
		"values of other types": {changed: map[string]any{"data": map[string]any{"name": "imagine", "type": 1, "options": []any{
			nil, map[string]any{"name": "prompt", "type": 4, "value": 5}, map[string]any{"name": "model", "type": 3}}}},
			want: func(r commands.Request) bool { return r.Text == "" && len(r.Options) == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				if c.from.UserID == "" {
					c.from = anna
				}
				b.Interact(c.from, "imagine", c.changed)
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				if got := *b.router.last(t); !c.want(got) {
					t.Errorf("the request is %+v", got)
				}
			})
		})
	}
}

func TestOtherEventsAreLeftAlone(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		for name, changed := range map[string]map[string]any{
			"a form":               {"type": 5, "data": map[string]any{"custom_id": "x", "components": []any{map[string]any{"type": 99}}}},
			"a kind of the future": {"type": 77},
			"the menu of a person": {"data": map[string]any{"id": "1", "name": "imagine", "type": 2, "target_id": "5"}},
			"without data":         {"data": nil},
			"without a token":      {"token": nil},
			"without a user":       {"member": nil},
			"with an empty member": {"member": map[string]any{"permissions": "0"}},
		} {
			b.Interact(anna, "imagine", changed)
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			if len(b.router.requests) != 0 || len(b.Acks()) != 0 {
				t.Fatalf("%s: it is answered", name)
			}
		}
	})
}

func TestAnEventThatComesTwiceAtOnceIsHandledOnce(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.router.handle = after(time.Second, commands.Reply{Text: commands.T("No."), Private: true, Failed: true})
		b.say("/imagine a red fox")
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		if n := len(b.router.requests); n != 1 {
			t.Errorf("it is handled %d times", n)
		}
		b.want(t, botstest.Message{Text: "No.", For: anna.UserID})
		first := b.router.last(t).ID
		b.inbox.event(b.Event())
		b.inbox.running.Wait()
		if n := len(b.router.requests); n != 2 || b.router.last(t).ID != first {
			t.Errorf("once it was handled the router is asked %d times, for %q and %q", n, first, b.router.last(t).ID)
		}
	})
}

func TestWhatDoesNotFitInAnInteractionIsTakenForMissing(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.Say(anna, "/imagine a red fox")
		said := b.Event()
		for field, odd := range map[string]any{
			"attachment_size_limit": 1.5, "app_permissions": "2361183241434822606848", "context": -1, "locale": 7, "channel": "x",
			"message": []int{1}, "authorizing_integration_owners": "x",
		} {
			var changed map[string]any
			if err := json.Unmarshal(said, &changed); err != nil {
				t.Fatal(err)
			}
			changed[field] = odd
			changed["member"].(map[string]any)["permissions"] = "18446744073709551615"
			changed["member"].(map[string]any)["joined_at"] = "yesterday"
			raw, _ := json.Marshal(changed)
			i, err := decode(raw)
			if err != nil {
				t.Errorf("%s of %v: %v", field, odd, err)
				continue
			}
			req := b.adapter.request(event{interaction: i, arrived: time.Now()})
			if req.Text != "a red fox" || req.User != (commands.User{ID: anna.UserID, Name: anna.Name}) || req.Moderator || req.Alone {
				t.Errorf("%s of %v: the request is %+v", field, odd, req)
			}
		}
	})
}

func FuzzEventsOfAnyShapeAreSurvived(f *testing.F) {
	b := discordtest.New(f)
	b.Interact(anna, "imagine", nil)
	f.Add([]byte(b.Event()))
	b.Interact(anna, "imagine", map[string]any{"data": map[string]any{"name": "imagine", "type": 1, "options": []any{map[string]any{"name": "prompt", "value": "a"}}}})
	f.Add([]byte(b.Event()))
	f.Add([]byte(strings.Replace(string(b.Event()), `"type":2`, `"type":4`, 1)))
	f.Add([]byte(`{"id":"1","application_id":"2","token":"3","type":2,"user":{"id":"4"},"data":{"type":1,"options":[null]}}`))
	b.Interact(anna, "imagine", map[string]any{"type": 3, "data": map[string]any{"component_type": 2, "custom_id": "cancel:k3v9x2m4p7q8a"}})
	f.Add([]byte(b.Event()))
	b.Interact(anna, "imagine", map[string]any{"type": 5, "data": map[string]any{"custom_id": "imagine:k3v9x2m4p7q8a", "components": []any{
		map[string]any{"type": 1, "components": []any{map[string]any{"type": 4, "custom_id": ":text", "value": "a fox"}}}, nil}}})
	f.Add([]byte(b.Event()))
	b.Interact(anna, "imagine", map[string]any{"data": map[string]any{"name": "Upscale", "type": 3, "target_id": "5", "resolved": map[string]any{
		"messages": map[string]any{"5": map[string]any{"attachments": []any{map[string]any{"url": "https://cdn.discordapp.com/x", "content_type": "image/png"}}}}}}})
	f.Add([]byte(b.Event()))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		synctest.Test(t, func(t *testing.T) {
			b := &bench{Server: discordtest.New(t), router: &router{}, log: new(record)}
			b.adapter = b.process(t)
			in := newInbox(t.Context(), b.adapter)
			in.event(raw)
			in.close()
			if strings.Contains(b.log.String(), "panicked") {
				t.Errorf("the log has\n%s", b.log)
			}
			for _, req := range b.router.requests {
				if _, err := parse(req.Address); err != nil || !strings.HasPrefix(req.ID, "discord:") || req.User.ID == "" {
					t.Errorf("the request is %+v", req)
				}
			}
		})
	})
}
