package commands

import "testing"

// closed is a router of everything with that Access.
func closed(t *testing.T, access Access) *keeper {
	k := &keeper{settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	k.bench = newBench(t, func(cfg *Config) {
		cfg.Preferences, cfg.Offers, cfg.Records, cfg.Pictures, cfg.Access = k, k, k, newWarden(t), access
	}).warm(t)
	return k
}

func TestWhatIsStoredOfPeopleIsTheirsWhereTheBotIsClosed(t *testing.T) {
	users := Access{Users: map[string]bool{"telegram:8": true}}
	chats := Access{Chats: map[string]bool{"telegram:-100": true}}
	const stored, personal = true, true
	for _, c := range []struct {
		line             string
		stored, personal bool
	}{
		{"/privacy", stored, false},
		{"/export", stored, false},
		{"/forget", stored, false},
		{"/delete " + exampleID, stored, false},
		{"/start", false, personal},
		{"/start settings", false, personal},
		{"/start details_" + exampleID, false, personal},
		{"/settings", false, personal},
		{"/settings --n 2", false, personal},
		{"/style list", false, personal},
		{"/imagine a red fox", false, false},
		{"/again " + exampleID, false, false},
		{"/models", false, false},
		{"/nonsense", false, false},
	} {
		for name, at := range map[string]struct {
			access Access
			chat   string
			want   bool
		}{
			"for the user":         {users, "7", c.stored},
			"in the private chat":  {chats, "7", c.stored || c.personal},
			"in a chat of several": {chats, "30", c.stored && c.line != "/export"}, // which is for a private chat
		} {
			k := closed(t, at.access)
			if reply, _ := k.types(t, k.from("7", at.chat, false), c.line); reply.Failed == at.want || len(k.jobs) > 0 {
				t.Errorf("%s, closed %s: %q", c.line, name, reply.Text)
			}
		}
	}
}

func TestAnOfferOpensNothingThatIsClosed(t *testing.T) {
	access := Access{Users: map[string]bool{"telegram:8": true}}
	k := closed(t, access)
	asked, _ := k.types(t, k.from("7", "7", false), "/forget")
	if reply, _ := k.presses(t, k.from("7", "7", false), asked, "🗑️ Delete everything"); reply.Failed || len(k.forgot) != 1 {
		t.Errorf("/forget is answered by %q", reply.Text)
	}
	k.offers["fox"] = offered{"user:telegram:7", Request{Command: "imagine", Text: "a red fox"}}
	if reply, pending := k.types(t, k.from("7", "7", false), "/offer fox"); pending || !reply.Failed || len(k.jobs) > 0 {
		t.Errorf("a picture is answered by %q", reply.Text)
	}
}

func TestNothingPersonalDraws(t *testing.T) {
	for _, command := range closed(t, Access{}).All("telegram") {
		if command.Draws && (command.Personal || command.Always) {
			t.Errorf("/%s draws where the bot is closed", command.Name)
		}
	}
}

func TestWhatIsOpenIsOpenInItsThreads(t *testing.T) {
	access := Access{Chats: map[string]bool{"telegram:30": true}}
	for parent, want := range map[string]bool{"30": true, "31": false, "": false} {
		req := &Request{Address: Address{Platform: "telegram"}, User: User{ID: "7"}, Chat: Chat{ID: "300", Parent: parent, Server: "3"}}
		if err := access.check(req, false); (err == nil) != want {
			t.Errorf("in a thread of %q: %v", parent, err)
		}
	}
}
