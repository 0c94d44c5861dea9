package spec

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	channelMessages = "/api/v9/channels/1300000000000000001/messages"
	secretToken     = "aW50ZXJhY3Rpb246MTpzZWNyZXQ"
	original        = "/api/v9/webhooks/1100000000000000001/" + secretToken + "/messages/@original"
	callback        = "/api/v9/interactions/1400000000000000001/" + secretToken + "/callback"
	appCommands     = "/api/v9/applications/1100000000000000001/commands"
)

const discordOrder = `{"type":3,"name":"%s","description":"x","required":%t}`

// discordRequest returns a request as the adapter makes it: with the bot's
// token where an interaction's is not in the path.
func discordRequest(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("User-Agent", "DiscordBot (https://example.com, 1)")
	if !strings.Contains(path, secretToken) {
		r.Header.Set("Authorization", "Bot "+secretToken)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func discordForm(path, payload string, files ...string) *http.Request {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("payload_json", payload) // a bytes.Buffer takes everything
	for _, name := range files {
		file, _ := form.CreateFormFile(name, "a.png")
		_, _ = file.Write([]byte("x"))
	}
	_ = form.Close()
	r := discordRequest(http.MethodPatch, path, b.String())
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func button(id string) string {
	return fmt.Sprintf(`{"type":2,"style":2,"label":"x","custom_id":"%s"}`, id)
}

// buttons returns n of them, with commas in between.
func buttons(n int) string {
	var all []string
	for i := range n {
		all = append(all, button(fmt.Sprint(i)))
	}
	return strings.Join(all, ",")
}

func commandOf(name, options string) string {
	return fmt.Sprintf(`[{"type":1,"name":"%s","description":"x","options":[%s]}]`, name, options)
}

// form is a callback with a form of these inputs, each in a row.
func form(inputs ...string) string {
	var rows []string
	for _, input := range inputs {
		rows = append(rows, `{"type":1,"components":[`+input+`]}`)
	}
	return `{"type":9,"data":{"custom_id":"x","title":"x","components":[` + strings.Join(rows, ",") + `]}}`
}

func input(id string) string {
	return fmt.Sprintf(`{"type":4,"style":1,"label":"x","custom_id":"%s"}`, id)
}

func TestWhatDiscordTakesPasses(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"message":       discordRequest("POST", channelMessages, `{"content":"a fox","components":[{"type":1,"components":[`+buttons(5)+`]}],"flags":4,"nonce":"1","enforce_nonce":true}`),
		"commands":      discordRequest("PUT", appCommands, commandOf("imagine", fmt.Sprintf(discordOrder, "prompt", true)+","+fmt.Sprintf(discordOrder, "größe", false))),
		"nulls":         discordRequest("PUT", appCommands, commandOf("imagine", `{"type":3,"name":"prompt","description":"x","channel_types":null,"options":null,"choices":null}`)),
		"files":         discordForm(original, `{"attachments":[{"id":"0"},{"id":"1400000000000000001"}]}`, "files[0]"),
		"choices":       discordRequest("POST", callback, `{"type":8,"data":{"choices":[{"name":"a","value":"a"}]}}`),
		"deferral":      discordRequest("POST", callback, `{"type":5,"data":{"flags":64}}`),
		"query":         discordRequest("POST", "/api/v9/webhooks/1/"+secretToken+"?wait=true", `{"content":"x"}`),
		"nothing":       discordRequest("GET", "/api/v10/gateway/bot", ""),
		"menu":          discordRequest("PUT", appCommands, `[{"type":3,"name":"Remove background","name_localizations":{"de":"Hintergrund entfernen"}},{"type":1,"name":"x","description":"x"}]`),
		"numbers":       discordRequest("PUT", appCommands, commandOf("imagine", `{"type":4,"name":"n","description":"x","min_value":1,"max_value":4}`)),
		"form":          discordRequest("POST", callback, form(`{"type":4,"style":2,"label":"x","custom_id":"x","value":"a fox","max_length":5,"required":true}`)),
		"update":        discordRequest("POST", callback, `{"type":7,"data":{"content":"x","attachments":[],"flags":4}}`),
		"limit exactly": discordRequest("PATCH", original, `{"content":"`+strings.Repeat("x", 2000)+`"}`),
	} {
		if told := look(t, Discord, r); len(told) > 0 {
			t.Errorf("%s: %q", name, told)
		}
	}
}

// wrong is a request that is to be caught, and a part of what is to be said.
type wrong struct {
	name    string
	request *http.Request
	says    string
	// byHand is caught without the specification too.
	byHand bool
}

func TestWhatDiscordDoesNotTakeIsCaught(t *testing.T) {
	row := func(n int) string { return `{"type":1,"components":[` + buttons(n) + `]}` }
	message := func(body string) *http.Request { return discordRequest("PATCH", original, body) }
	commands := func(name, options string) *http.Request {
		return discordRequest("PUT", appCommands, commandOf(name, options))
	}
	asBot := discordRequest("PATCH", original, `{"content":"x"}`)
	asBot.Header.Set("Authorization", "Bot x")
	asNobody := discordRequest("POST", channelMessages, `{"content":"x"}`)
	asNobody.Header.Del("Authorization")
	nameless := discordRequest("GET", "/api/v9/gateway", "")
	nameless.Header.Set("User-Agent", "Go-http-client/2.0")

	catch(t, Discord, []wrong{
		{"a path that is not there", discordRequest("GET", "/api/v9/channel/1/"+secretToken, ""), "GET /channel/…/…: at the path", false},
		{"another version", discordRequest("GET", "/api/v6/gateway", ""), "it does not begin with /api/v9", true},
		{"a method that is not there", discordRequest("PUT", original, "{}"), "or not with this method", false},
		{"an empty id", discordRequest("GET", "/api/v9/channels//messages", ""), "the path's channel_id", false},
		{"a query of another type", discordRequest("POST", "/api/v9/webhooks/1/x?wait=perhaps", `{"content":"x"}`), "the query's wait", false},
		{"a query that is unknown", discordRequest("GET", appCommands+"?with_foxes=true", ""), "the query's with_foxes: a field", false},
		{"without the bot's token", asNobody, "its token is not there", false},
		{"with the bot's token for nothing", asBot, "the bot's is sent as well", false},
		{"a program without a name", nameless, "the User-Agent is", true},
		{"no body", discordRequest("POST", channelMessages, ""), "at the body: it is required", false},
		{"a body that is no JSON", message("{"), "at the body: it is no JSON", true},
		{"a field that is unknown", message(`{"contents":"x"}`), "at /contents: a field that the specification lacks", false},
		{"a field that is unknown in a union", message(`{"components":[{"type":1,"components":[{"type":2,"style":2,"label":"x","custom_id":"x","tooltip":"x"}]}]}`),
			"at /components/0/components/0/tooltip: a field", false},
		{"a field of another type", message(`{"flags":"4"}`), "at /flags: got string, want null or integer", false},
		{"a field in another place", discordRequest("POST", callback, `{"type":4,"content":"x"}`), "at /content: a field", false},
		{"a required field that is missing", message(`{"attachments":[{"filename":"a.png"}]}`), "at /attachments/0: missing property 'id'", false},
		{"an unknown kind of callback", discordRequest("POST", callback, `{"type":44}`), "at /type: value must be", false},
		{"a number for an id", message(`{"attachments":[{"id":14000000000000000}]}`), "at /attachments/0/id: got number, want string", false},
		{"six buttons in a row", message(`{"components":[` + row(6) + `]}`), "at most 5 buttons in a row", true},
		{"six rows", message(`{"components":[` + strings.Repeat(row(1)+",", 5) + row(1) + `]}`), "at most 5 rows", true},
		{"two buttons of one id", message(`{"components":[{"type":1,"components":[` + button("x") + "," + button("x") + `]}]}`), "every custom_id", true},
		{"an id of 101 characters", message(`{"components":[{"type":1,"components":[` + button(strings.Repeat("x", 101)) + `]}]}`), "custom_id: maxLength: got 101, want 100", false},
		{"an id of no characters", message(`{"components":[{"type":1,"components":[` + button("") + `]}]}`), "a custom_id of 1 to 100", true},
		{"a text of 2001 characters", discordRequest("POST", channelMessages, `{"content":"`+strings.Repeat("x", 2001)+`"}`), "at /content: at most 2000", true},
		{"1001 foxes", message(`{"content":"` + strings.Repeat("🦊", 1001) + `"}`), "at /content: at most 2000", true},
		{"a description of 1025", message(`{"attachments":[{"id":"1400000000000000001","description":"` + strings.Repeat("x", 1025) + `"}]}`), "at most 1024", true},
		{"a file that is not listed", discordForm(original, `{"attachments":[]}`, "files[0]"), "the attachments are the files", true},
		{"a file that is not there", discordForm(original, `{"attachments":[{"id":"0"},{"id":"1"}]}`, "files[0]"), "the attachments are the files", true},
		{"eleven files", discordForm(original, `{}`, strings.Fields("files[0] files[1] files[2] files[3] files[4] files[5] files[6] files[7] files[8] files[9] files[10]")...),
			"at most 10 files", true},
		{"a file under another name", discordForm(original, `{"attachments":[]}`, "file"), "at /file: a field", false},
		{"mentions of both kinds", message(`{"allowed_mentions":{"parse":["users"],"users":["1"]}}`), "either parsed or listed", true},
		{"a command in capitals", commands("Imagine", ""), "at /0: a command's name", true},
		{"a command of two words", commands("imagine fox", ""), "at /0: a command's name", true},
		{"an option in capitals", commands("imagine", fmt.Sprintf(discordOrder, "Prompt", true)), "at /0/options/0: an option's name", true},
		{"a command of 33 letters", commands(strings.Repeat("x", 33), ""), "at /0/name: maxLength", false},
		{"a required option behind another", commands("imagine", fmt.Sprintf(discordOrder, "a", false)+","+fmt.Sprintf(discordOrder, "b", true)), "required options stand first", true},
		{"one option twice", commands("imagine", fmt.Sprintf(discordOrder, "a", false)+","+fmt.Sprintf(discordOrder, "a", false)), "no option has the name", true},
		{"26 options", commands("imagine", strings.Repeat(fmt.Sprintf(discordOrder, "a", false)+",", 25)+fmt.Sprintf(discordOrder, "b", false)), "at most 25 options", true},
		{"a list in the place of none", commands("imagine", `{"type":3,"name":"a","description":"x","foxes":[]}`), "at /0/options/0/foxes: a field", false},
		{"choices and autocompletion", commands("imagine", `{"type":3,"name":"a","description":"x","autocomplete":true,"choices":[{"name":"a","value":"a"}]}`),
			"either choices or autocompletion", true},
		{"no description", discordRequest("PUT", appCommands, `[{"type":1,"name":"imagine","description":""}]`), "a description has 1 to 100", true},
		{"two entries of one name", discordRequest("PUT", appCommands, `[{"type":3,"name":"A"},{"type":3,"name":"A"}]`), "no command has the name", true},
		{"sixteen entries", discordRequest("PUT", appCommands, `[`+strings.Repeat(`{"type":3,"name":"A"},`, 15)+`{"type":3,"name":"B"}]`), "15 in a menu", true},
		{"an entry with a description", discordRequest("PUT", appCommands, `[{"type":3,"name":"A","description":"x"}]`), "neither a description", true},
		{"an entry of 33 letters", discordRequest("PUT", appCommands, `[{"type":3,"name":"`+strings.Repeat("x", 33)+`"}]`), "at /0: a command's name", true},
		{"a language that is not there", discordRequest("PUT", appCommands, `[{"type":1,"name":"x","description":"x","description_localizations":{"es":"x"}}]`), "at /0: texts are in", true},
		{"an option's language that is not there", commands("imagine", `{"type":3,"name":"a","description":"x","description_localizations":{"pt":"x"}}`), "at /0/options/0: texts are in", true},
		{"a text with a most", commands("imagine", `{"type":3,"name":"a","description":"x","max_value":4}`), "only a number", true},
		{"an attachment that is completed", commands("imagine", `{"type":11,"name":"a","description":"x","autocomplete":true}`), "nothing completes", true},
		{"a form without rows", discordRequest("POST", callback, form()), "1 to 5 rows", true},
		{"six rows in a form", discordRequest("POST", callback, form(input("a"), input("b"), input("c"), input("d"), input("e"), input("f"))), "1 to 5 rows", true},
		{"an input twice", discordRequest("POST", callback, form(input("a"), input("a"))), "custom_id of a form", true},
		{"an input without a label", discordRequest("POST", callback, form(`{"type":4,"style":1,"custom_id":"a"}`)), "which has a label", true},
		{"two inputs in a row", discordRequest("POST", callback, form(input("a")+","+input("b"))), "one text input", true},
		{"a text that is too long for its input", discordRequest("POST", callback, form(`{"type":4,"style":1,"label":"x","custom_id":"a","value":"a fox","max_length":4}`)), "a length that it takes", true},
		{"a title of 46 characters", discordRequest("POST", callback, `{"type":9,"data":{"custom_id":"x","title":"`+strings.Repeat("x", 46)+`","components":[]}}`), "title: maxLength", false},
		{"26 choices", discordRequest("POST", callback, `{"type":8,"data":{"choices":[`+strings.Repeat(`{"name":"a","value":"a"},`, 25)+`{"name":"a","value":"a"}]}}`), "at most 25 choices", true},
		{"a choice of 101 characters", discordRequest("POST", callback, `{"type":8,"data":{"choices":[{"name":"a","value":"`+strings.Repeat("x", 101)+`"}]}}`), "a choice has 1 to 100", true},
	})
}

// catch lets a checker see each request, and wants it to say that.
func catch(t *testing.T, checker func(testing.TB) *Checker, rows []wrong) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			if missing := Missing(); missing != "" && !c.byHand {
				t.Skip(missing)
			}
			told := strings.Join(look(t, checker, c.request), "\n")
			if !strings.Contains(told, c.says) {
				t.Errorf("it said %q, want %q", told, c.says)
			}
			if strings.Contains(told, secretToken) {
				t.Errorf("the token is in %q", told)
			}
		})
	}
}

// look has a checker see a request, and returns what it fails the test with.
func look(t *testing.T, checker func(testing.TB) *Checker, r *http.Request) []string {
	t.Helper()
	failures := &failures{TB: t}
	served := false
	checker(failures).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		served = true
		if n, err := io.Copy(io.Discard, r.Body); err != nil || n != r.ContentLength {
			t.Errorf("the handler read %d bytes of %d, %v", n, r.ContentLength, err)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	if !served {
		t.Error("the request was not served")
	}
	return failures.told
}

// failures is a test that takes note of how it would fail.
type failures struct {
	testing.TB
	told []string
}

func (f *failures) Error(args ...any) { f.told = append(f.told, fmt.Sprint(args...)) }
