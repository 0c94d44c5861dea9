package discordtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest"
)

var anna = botstest.From{UserID: "90001", Name: "Annabel"}

// A client calls a server without a network.
type client struct {
	*Server
	t     *testing.T
	id    string // of the interaction
	token string
}

// newClient returns a client of a server that offers /imagine, which Anna has
// just used.
func newClient(t *testing.T) *client {
	c := &client{Server: newServer(nil), t: t}
	c.want(http.StatusOK, 0, "PUT", "/applications/"+AppID+"/commands", imagine)
	c.use()
	return c
}

const imagine = `[{"name":"imagine","description":"Draw","type":1,"options":[
	{"type":3,"name":"prompt","description":"What","required":true,"choices":null,"options":null},
	{"type":3,"name":"model","description":"Who","autocomplete":true}]}]`

func (c *client) use() {
	c.Say(anna, "/imagine a red fox")
	c.see()
}

func (c *client) see() {
	var event struct{ ID, Token string }
	if err := json.Unmarshal(c.Event(), &event); err != nil {
		c.t.Fatal(err)
	}
	c.id, c.token = event.ID, event.Token
}

// want calls and checks the answer. body is JSON, or a form with those files.
func (c *client) want(status, code int, method, path, body string, files ...string) map[string]any {
	c.t.Helper()
	content := bytes.NewBufferString(body)
	kind := "application/json"
	if len(files) > 0 {
		content = new(bytes.Buffer)
		form := multipart.NewWriter(content)
		_ = form.WriteField("payload_json", body)
		for n, file := range files {
			part, _ := form.CreateFormFile(fmt.Sprintf("files[%d]", n), file)
			_, _ = part.Write([]byte(file))
		}
		_ = form.Close()
		kind = form.FormDataContentType()
	}
	r := httptest.NewRequest(method, "/api/v9"+path, content)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bot "+Token)
	r.Header.Set("User-Agent", "DiscordBot (https://example.com, 1)")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var answer map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // some answers are empty, or a list
	got, _ := answer["code"].(float64)
	if w.Code != status || int(got) != code {
		c.t.Fatalf("%s %s: %d %s, want %d with code %d", method, path, w.Code, w.Body, status, code)
	}
	return answer
}

func (c *client) callback(status, code int, body string) {
	c.t.Helper()
	c.want(status, code, "POST", "/interactions/"+c.id+"/"+c.token+"/callback", body)
}

func (c *client) original() string {
	return "/webhooks/" + AppID + "/" + c.token + "/messages/@original"
}

func TestAnInteractionIsAcknowledgedOnceAndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		c.want(404, 10015, "PATCH", c.original(), `{"content":"x"}`)
		time.Sleep(2 * time.Second)
		c.callback(204, 0, `{"type":5}`)
		c.callback(400, 40060, `{"type":5}`)
		if acks := c.Acks(); len(acks) != 1 || acks[0].Delay != 2*time.Second {
			t.Errorf("the acknowledgements are %+v", acks)
		}
		time.Sleep(14 * time.Minute)
		c.want(200, 0, "PATCH", c.original(), `{"content":"x"}`)
		time.Sleep(time.Minute)
		c.want(401, 50027, "PATCH", c.original(), `{"content":"x"}`)

		c.use()
		time.Sleep(4 * time.Second)
		c.callback(404, 10062, `{"type":5}`)
		c.token = "other"
		c.callback(404, 10062, `{"type":5}`)
		c.want(401, 50027, "PATCH", c.original(), `{"content":"x"}`)
	})
}

func TestFilesWithoutAListAreAddedAndWithAListReplace(t *testing.T) {
	c := newClient(t)
	c.callback(204, 0, `{"type":5}`)
	c.want(200, 0, "PATCH", c.original(), `{}`, "a.png")
	c.want(200, 0, "PATCH", c.original(), `{}`, "b.png")
	if got := c.Messages(); len(got) != 1 || len(got[0].Files) != 2 {
		t.Fatalf("people see %+v", got)
	}
	c.want(200, 0, "PATCH", c.original(), `{"attachments":[{"id":0,"description":"c"}]}`, "c.png")
	if got := c.Messages()[0].Files; len(got) != 1 || got[0].Name != "c.png" || got[0].Alt != "c" {
		t.Errorf("the files are %+v", got)
	}
	kept := c.want(200, 0, "GET", c.original(), "")["attachments"].([]any)[0].(map[string]any)["id"]
	c.want(200, 0, "PATCH", c.original(), fmt.Sprintf(`{"attachments":[{"id":%q},{"id":0}]}`, kept), "d.png")
	if got := c.Messages()[0].Files; len(got) != 2 || got[0].Name != "c.png" {
		t.Errorf("the files are %+v", got)
	}
	c.want(400, 50035, "PATCH", c.original(), `{"attachments":[]}`, "e.png")
	c.want(400, 50035, "PATCH", c.original(), `{"attachments":[{"id":1}]}`, "e.png")
	c.want(400, 50006, "PATCH", c.original(), `{"attachments":[]}`)
	c.SetUploadLimit(3)
	c.want(413, 40005, "PATCH", c.original(), `{}`, "f.png")
}

func TestTheFirstMessageAfterAPlaceholderTakesItsPlace(t *testing.T) {
	c := newClient(t)
	c.callback(204, 0, `{"type":5}`)
	c.want(200, 0, "POST", "/webhooks/"+AppID+"/"+c.token+"?wait=true", `{"content":"first","flags":64}`)
	c.want(204, 0, "POST", "/webhooks/"+AppID+"/"+c.token, `{"content":"second","flags":64}`)
	got := c.Messages()
	if len(got) != 2 || got[0].Text != "first" || got[0].For != "" || got[1].For != anna.UserID {
		t.Errorf("people see %+v", got)
	}
	c.want(204, 0, "DELETE", c.original(), "")
	c.want(404, 10008, "DELETE", c.original(), "")
	if got := c.Messages(); len(got) != 1 {
		t.Errorf("people see %+v", got)
	}
}

func TestOnlyAllowedMentionsPing(t *testing.T) {
	const content = `<@1> <@!2> \\<@3> @everyone`
	for mentions, want := range map[string][]string{
		``:                                 {"1", "2", "3", "everyone"},
		`,"allowed_mentions":{"parse":[]}`: nil,
		`,"allowed_mentions":{"parse":[],"users":["2","9"]}`:     {"2"},
		`,"allowed_mentions":{"parse":["everyone"],"users":[]}`:  {"everyone"},
		`,"allowed_mentions":{"parse":["users"]}`:                {"1", "2", "3"},
		`,"allowed_mentions":{"parse":null,"replied_user":true}`: nil,
	} {
		c := newClient(t)
		c.callback(204, 0, `{"type":4,"data":{"content":"`+content+`"`+mentions+`}}`)
		if got := c.Messages()[0].Pings; !slices.Equal(got, want) {
			t.Errorf("with %q it pings %v, want %v", mentions, got, want)
		}
	}
	newClient(t).callback(400, 50035, `{"type":4,"data":{"content":"x","allowed_mentions":{"parse":["users"],"users":["2"]}}}`)
}

func TestWhatDiscordRefusesIsRefused(t *testing.T) {
	long := strings.Repeat("x", 2001)
	for _, body := range []string{
		`{"type":8,"data":{"choices":[]}}`, `{"type":1}`, `{"type":4,"data":{"content":"` + long + `"}}`,
		`{"type":4,"data":{"content":"x","flags":1}}`, `{"type":4,"data":{"content":5}}`, `{"type":4,"data":{"content":"x","embeds":[{}]}}`,
	} {
		newClient(t).callback(400, 50035, body)
	}
	for _, components := range []string{
		`5`, `[{"type":2,"style":2,"label":"a","custom_id":"a"}]`, `[{"type":1,"components":[]}]`,
		rowOf(`{"type":2,"style":2,"label":"a"}`), rowOf(`{"type":2,"style":2,"custom_id":"a"}`), rowOf(`{"type":2,"label":"a","custom_id":"a"}`),
		rowOf(`{"type":2,"style":2,"label":"` + strings.Repeat("x", 81) + `","custom_id":"a"}`),
		rowOf(`{"type":2,"style":2,"label":"a","custom_id":"` + strings.Repeat("x", 101) + `"}`),
		rowOf(buttons("a", "a")), rowOf(buttons("a", "b", "c", "d", "e", "f")),
		`[` + strings.Repeat(`{"type":1,"components":[]},`, 5) + `{"type":1,"components":[]}]`,
	} {
		newClient(t).callback(400, 50035, `{"type":4,"data":{"content":"x","components":`+components+`}}`)
	}
	newClient(t).callback(400, 50035, `{"type":6}`)
	newClient(t).callback(400, 50006, `{"type":4,"data":{}}`)
	newClient(t).callback(400, 50109, `{"type":4`)

	c := newClient(t)
	for _, body := range []string{
		`{"type":5}`, `{"type":8,"data":{}}`, `{"type":8,"data":{"choices":[{"name":"","value":"x"}]}}`,
		`{"type":8,"data":{"choices":[{"name":"a","value":"x"},{"name":"b","value":"x"}]}}`,
		`{"type":8,"data":{"choices":[` + strings.Repeat(`{"name":"a","value":"x"},`, 25) + `{"name":"b","value":"y"}]}}`,
	} {
		c.Type(anna, "imagine", "model", "")
		c.see()
		c.callback(400, 50035, body)
	}
	c.callback(204, 0, `{"type":8,"data":{"choices":[{"name":"a","value":"x"}]}}`)
	if got := c.Choices(); len(got) != 1 || !slices.Equal(got[0], []string{"x"}) {
		t.Errorf("the choices are %v", got)
	}
}

func TestCommandsThatDiscordRefusesAreRefused(t *testing.T) {
	c := newClient(t)
	path := "/applications/" + AppID + "/commands"
	option := func(s string) string { return `[{"name":"a","description":"b","options":[` + s + `]}]` }
	many := make([]string, 26)
	for n := range many {
		many[n] = fmt.Sprintf(`{"name":"%d","value":"%d"}`, n, n)
	}
	for _, body := range []string{
		`{}`, `[{"name":"Imagine","description":"x"}]`, `[{"name":"a b","description":"x"}]`, `[{"name":"a"}]`,
		`[{"name":"a","description":"` + strings.Repeat("x", 101) + `"}]`,
		`[{"name":"a","description":"b"},{"name":"a","description":"b"}]`,
		`[{"name":"a","description":"b","type":2}]`,
		`[{"name":"a","description":"b","contexts":[0,0]}]`, `[{"name":"a","description":"b","integration_types":[2]}]`,
		option(`{"type":1,"name":"x","description":"y"}`), option(`{"type":3,"name":"X","description":"y"}`),
		option(`{"type":3,"name":"x"}`), option(`{"type":3,"name":"x","description":"y"},{"type":3,"name":"x","description":"y"}`),
		option(`{"type":3,"name":"x","description":"y"},{"type":3,"name":"z","description":"y","required":true}`),
		option(`{"type":3,"name":"x","description":"y","choices":[` + strings.Join(many, ",") + `]}`),
		option(`{"type":3,"name":"x","description":"y","autocomplete":true,"choices":[{"name":"a","value":"a"}]}`),
	} {
		c.want(400, 50035, "PUT", path, body)
	}
	c.want(403, 20012, "GET", "/applications/1/commands", "")
	c.want(403, 50001, "GET", "/applications/"+AppID+"/guilds/1/commands", "")
	c.want(404, 0, "GET", "/nothing", "")
	if got := c.Menu(); !slices.Equal(got, []string{"imagine"}) {
		t.Errorf("a refused list has changed the commands: %v", got)
	}
	before := len(c.interactions)
	c.Say(anna, "/unknown")
	c.Say(anna, "/imagine") // without its prompt
	if len(c.interactions) != before {
		t.Error("the client sent what it does not")
	}
}

func TestPeopleReadWhatDiscordShows(t *testing.T) {
	for content, want := range map[string]string{
		"**a** __b__ *c* _d_ ~~e~~ ||f|| `g*h*`":           "a b c d e f g*h*",
		"``a`b`` ```go\nx```":                              "a`b x",
		`\*a\* \\ \a`:                                      `*a* \ \a`,
		"# a\n-# b\n> c\n- d\n 1. e\nf - # g":              "a\nb\n[quote] c\n[bullet] d\n[number] e\nf - # g",
		"<@90001> <@&1> <#1> <t:1:R> </a:1> <:a:1> :a:":    "@Annabel [role] [channel] [time] [command] [emoji] [emoji]",
		`[a](https://x.y) [b](<https://x.y>) https://x/\_`: `a b https://x/\_`,
		"**a *b* c** <https://x.y>":                        "a b c https://x.y",
		"a*b 2 > 3 snake_case":                             "a*b 2 > 3 snake_case",
	} {
		if got := Read(content, map[string]string{"90001": "Annabel"}); got != want {
			t.Errorf("of %q people read %q, want %q", content, got, want)
		}
	}
}

// rowOf is a list of one row of components.
func rowOf(buttons string) string { return `[{"type":1,"components":[` + buttons + `]}]` }

// buttons are buttons whose ids are their labels.
func buttons(labels ...string) string {
	var all []string
	for _, label := range labels {
		all = append(all, fmt.Sprintf(`{"type":2,"style":2,"label":%q,"custom_id":%q}`, label, label))
	}
	return strings.Join(all, ",")
}

func TestAButtonIsPressedByThoseWhoSeeIt(t *testing.T) {
	bea := botstest.From{UserID: "90002", Name: "Bea"}
	for _, c := range []struct {
		flags   int
		from    botstest.From
		label   string
		pressed bool
	}{
		{0, bea, "a", true}, {0, bea, "z", false}, {flagEphemeral, bea, "a", false}, {flagEphemeral, anna, "a", true},
	} {
		s := newClient(t)
		s.callback(204, 0, fmt.Sprintf(`{"type":4,"data":{"content":"x","flags":%d,"components":%s}}`, c.flags, rowOf(buttons("a", "b"))))
		if got := s.Messages()[0].Buttons; !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("people see the buttons %v", got)
		}
		before := len(s.interactions)
		s.Press(c.from, s.Messages()[0], c.label)
		s.Press(c.from, botstest.Message{}, c.label)
		if got := len(s.interactions) - before; got != map[bool]int{true: 1}[c.pressed] {
			t.Errorf("%+v: %d presses are sent", c, got)
		}
		if c.pressed && !strings.Contains(string(s.Event()), `"custom_id":"a"`) {
			t.Errorf("the event is %s", s.Event())
		}
	}
}

func TestAPressIsAnsweredByAMessageOfItsOwnOrNone(t *testing.T) {
	c := newClient(t)
	c.callback(204, 0, `{"type":4,"data":{"content":"x","components":`+rowOf(buttons("a"))+`}}`)
	c.Press(anna, c.Messages()[0], "a")
	c.see()
	c.callback(204, 0, `{"type":6}`)
	c.want(200, 0, "PATCH", c.original(), `{"content":"y"}`)
	c.Press(anna, c.Messages()[0], "a")
	c.see()
	c.callback(204, 0, `{"type":5}`)
	c.want(200, 0, "PATCH", c.original(), `{"content":"z","components":[]}`)
	if got := c.Messages(); len(got) != 2 || got[0].Text != "y" || len(got[0].Buttons) != 1 || got[1].Text != "z" || len(got[1].Buttons) != 0 {
		t.Errorf("people see %+v", got)
	}
	c.want(200, 0, "PATCH", c.original(), `{"components":`+rowOf(buttons("b"))+`}`)
	c.want(200, 0, "PATCH", c.original(), `{"content":"w"}`)
	if got := c.Messages()[1]; got.Text != "w" || len(got.Buttons) != 1 {
		t.Errorf("an edit of the content leaves %+v", got)
	}
}

func TestTheBotWritesToChannelsThatItMayWriteTo(t *testing.T) {
	c := newClient(t)
	path := "/channels/" + ChannelID + "/messages"
	c.want(200, 0, "POST", path, `{"content":"x <@90001>"}`)
	c.want(200, 0, "POST", path, `{"content":"y"}`, "a.png")
	c.want(404, 10003, "POST", "/channels/5/messages", `{"content":"x"}`)
	c.want(200, 0, "POST", "/channels/"+private(anna.UserID)+"/messages", `{"content":"z"}`)
	c.want(400, 50035, "POST", path, `{"content":"x","flags":64}`)
	c.SetPermissions(viewChannel | sendMessages)
	c.want(403, 50013, "POST", path, `{"content":"x"}`, "a.png")
	c.SetPermissions(viewChannel)
	c.want(403, 50013, "POST", path, `{"content":"x"}`)
	c.SetPermissions(0)
	c.want(403, 50001, "POST", path, `{"content":"x"}`)
	got := c.Messages()
	if len(got) != 3 || got[0].Text != "x @Annabel" || !slices.Equal(got[0].Pings, []string{anna.UserID}) || len(got[1].Files) != 1 || got[2].Text != "z" {
		t.Errorf("people see %+v", got)
	}
	c.RefuseToken()
	c.want(401, 0, "POST", path, `{"content":"x"}`)
}

func TestTheBotChangesWhatAChannelSeesOfIt(t *testing.T) {
	c := newClient(t)
	c.callback(204, 0, `{"type":5}`)
	seen := "/channels/" + ChannelID + "/messages/" + c.want(200, 0, "PATCH", c.original(), `{"content":"x"}`)["id"].(string)
	c.use()
	c.callback(204, 0, `{"type":5,"data":{"flags":64}}`)
	hidden := "/channels/" + ChannelID + "/messages/" + c.want(200, 0, "PATCH", c.original(), `{"content":"y"}`)["id"].(string)
	c.Expire()
	c.want(401, 50027, "PATCH", c.original(), `{"content":"y"}`)
	c.want(200, 0, "PATCH", seen, `{"content":"z"}`)
	c.want(404, 10008, "PATCH", hidden, `{"content":"z"}`)
	c.want(404, 10008, "DELETE", hidden, "")
	if got := c.Messages(); len(got) != 2 || got[0].Text != "z" || got[1].Text != "y" {
		t.Errorf("people see %+v", got)
	}
	c.SetPermissions(0)
	c.want(403, 50001, "DELETE", seen, "")
	c.SetPermissions(viewChannel)
	c.want(204, 0, "DELETE", seen, "")
	c.want(404, 10008, "DELETE", seen, "")
}

func TestANonceIsEnforcedForSomeMinutesWhenThatIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		path := "/channels/" + ChannelID + "/messages"
		enforced := `{"content":"x","nonce":"1","enforce_nonce":true}`
		first := c.want(200, 0, "POST", path, enforced)
		if again := c.want(200, 0, "POST", path, enforced); again["id"] != first["id"] {
			t.Errorf("the same nonce makes the messages %v and %v", first["id"], again["id"])
		}
		c.want(200, 0, "POST", path, `{"content":"x","nonce":"1"}`)
		c.want(200, 0, "POST", path, `{"content":"x","nonce":"2","enforce_nonce":true}`)
		c.want(400, 50035, "POST", path, `{"content":"x","nonce":"`+strings.Repeat("1", 26)+`"}`)
		time.Sleep(nonceLife)
		c.want(200, 0, "POST", path, enforced)
		if got := len(c.Messages()); got != 4 {
			t.Errorf("people see %d messages, want 4", got)
		}
	})
}
