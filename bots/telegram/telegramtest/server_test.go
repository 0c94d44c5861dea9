package telegramtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
)

type reply struct {
	OK          bool            `json:"ok"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Result      json.RawMessage `json:"result"`
}

func start(t *testing.T) *telegramtest.Server { return telegramtest.StartUnchecked(t) }

func call(t *testing.T, s *telegramtest.Server, method string, params map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return post(t, s.URL+"/bot"+telegramtest.Token+"/"+method, "application/json", body)
}

func post(t *testing.T, url, contentType string, body []byte) reply {
	t.Helper()
	resp, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var r reply
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if !r.OK && r.Code != resp.StatusCode {
		t.Errorf("the status is %d, the code %d", resp.StatusCode, r.Code)
	}
	return r
}

func TestRequestsThatTelegramRefuses(t *testing.T) {
	s := start(t)
	const group = telegramtest.GroupID
	for _, c := range []struct {
		method string
		params map[string]any
		want   string // part of the description
	}{
		{"sendMessage", map[string]any{"text": "x"}, "chat_id is empty"},
		{"sendMessage", map[string]any{"chat_id": 99, "text": "x"}, "chat not found"},
		{"sendMessage", map[string]any{"chat_id": group}, "message text is empty"},
		{"sendMessage", map[string]any{"chat_id": group, "text": " \n"}, "message text is empty"},
		{"sendMessage", map[string]any{"chat_id": group, "text": strings.Repeat("x", 4097)}, "is too long"},
		{"sendMessage", map[string]any{"chat_id": group, "text": strings.Repeat("🦊", 2049)}, "is too long"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "parse_mode": "Word"}, "unsupported parse_mode"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "message_thread_id": 5}, "message thread not found"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_parameters": map[string]any{"message_id": 99}}, "message to be replied not found"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_parameters": "9"}, "reply parameters"},
		{"sendPhoto", map[string]any{"chat_id": group}, "no photo"},
		{"sendChatAction", map[string]any{"chat_id": group, "action": "paint"}, "wrong parameter action"},
		{"editMessageText", map[string]any{"chat_id": group, "message_id": 99, "text": "x"}, "message to edit not found"},
		{"deleteMessage", map[string]any{"chat_id": group, "message_id": 99}, "message to delete not found"},
		{"getFile", map[string]any{"file_id": "x"}, "invalid file_id"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_markup": "x"}, "keyboard"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_markup": buttons("", "x")}, "must be of type String"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_markup": buttons("x", "")}, "unallowed"},
		{"sendMessage", map[string]any{"chat_id": group, "text": "x", "reply_markup": buttons("x", strings.Repeat("x", 65))}, "BUTTON_DATA_INVALID"},
		{"answerCallbackQuery", map[string]any{"callback_query_id": "x"}, "query is too old"},
		{"getChatMember", map[string]any{"chat_id": group, "user_id": -5}, "invalid user_id"},
		{"getChatMember", map[string]any{"chat_id": 99, "user_id": 5}, "chat not found"},
		{"setMyCommands", map[string]any{"commands": []any{map[string]any{"command": "No", "description": "x"}}}, "BOT_COMMAND_INVALID"},
		{"setMyCommands", map[string]any{"commands": []any{map[string]any{"command": "no"}}}, "BOT_COMMAND_DESCRIPTION_INVALID"},
		{"getUpdates", map[string]any{"limit": 101}, "out of range"},
		{"getUpdates", map[string]any{"allowed_updates": "message"}, "allowed updates"},
		{"paint", nil, "method not found"},
	} {
		if got := call(t, s, c.method, c.params); got.OK || !strings.Contains(got.Description, c.want) {
			t.Errorf("%s %v is answered %+v, want %q", c.method, c.params, got, c.want)
		}
	}
	for token, code := range map[string]int{"1:x": 401, "x": 404, ":": 404} {
		if got := post(t, s.URL+"/bot"+token+"/getMe", "application/json", []byte("{}")); got.Code != code {
			t.Errorf("the token %q is answered %+v", token, got)
		}
	}
	if got := post(t, s.URL+"/bot"+telegramtest.Token+"/getMe", "application/json", []byte("{")); got.Code != 400 {
		t.Errorf("broken JSON is answered %+v", got)
	}
}

func TestMessagesAreEditedAndDeleted(t *testing.T) {
	s := start(t)
	const group = telegramtest.GroupID
	call(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "one"})
	call(t, s, "sendMessage", map[string]any{"chat_id": group, "text": "two"})
	edit := map[string]any{"chat_id": group, "message_id": 1, "text": "<b>three</b>", "parse_mode": "HTML"}
	if got := call(t, s, "editMessageText", edit); !got.OK {
		t.Errorf("the edit is answered %+v", got)
	}
	if got := call(t, s, "editMessageText", edit); !strings.Contains(got.Description, "message is not modified") {
		t.Errorf("the same edit is answered %+v", got)
	}
	if got := call(t, s, "deleteMessage", map[string]any{"chat_id": group, "message_id": 2}); !got.OK {
		t.Errorf("the deletion is answered %+v", got)
	}
	if got, want := botstest.Placeless(s.Messages()), []botstest.Message{{Text: "three"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("people see %+v, want %+v", got, want)
	}
}

func buttons(text, data string) map[string]any {
	return map[string]any{"inline_keyboard": [][]map[string]string{{{"text": text, "callback_data": data}}}}
}

func TestAPressIsAcknowledgedOnce(t *testing.T) {
	s := start(t)
	call(t, s, "sendMessage", map[string]any{"chat_id": telegramtest.GroupID, "text": "one", "reply_markup": buttons("Cancel", "cancel:1")})
	s.Press(botstest.From{UserID: "5", Name: "Anna"}, s.Messages()[0], "Cancel")
	var updates []struct {
		Press struct {
			ID, Data string
			Message  struct {
				ID int `json:"message_id"`
			}
		} `json:"callback_query"`
	}
	if err := json.Unmarshal(call(t, s, "getUpdates", nil).Result, &updates); err != nil {
		t.Fatal(err)
	}
	if len(updates) != 1 || updates[0].Press.Data != "cancel:1" || updates[0].Press.Message.ID != 1 {
		t.Fatalf("the bot gets %+v", updates)
	}
	for _, c := range []struct {
		text string
		want string // part of the refusal, or "" for none
	}{{strings.Repeat("x", 201), "MESSAGE_TOO_LONG"}, {"two", ""}, {"three", "query is too old"}} {
		got := call(t, s, "answerCallbackQuery", map[string]any{"callback_query_id": updates[0].Press.ID, "text": c.text, "show_alert": true})
		if got.OK != (c.want == "") || !strings.Contains(got.Description, c.want) {
			t.Errorf("%d characters are answered %+v", len(c.text), got)
		}
	}
	want := []botstest.Message{{Text: "one", Buttons: []string{"Cancel"}}, {Text: "two", For: "5"}}
	if got := botstest.Placeless(s.Messages()); !reflect.DeepEqual(got, want) {
		t.Errorf("people see %+v, want %+v", got, want)
	}
}

func TestUpdatesComeUntilTheyAreConfirmed(t *testing.T) {
	s := start(t)
	for i := range 3 {
		s.Say(botstest.From{UserID: "5", Name: "Anna"}, fmt.Sprint("/imagine ", i))
	}
	poll := func(offset, limit int) string {
		return string(call(t, s, "getUpdates", map[string]any{"offset": offset, "limit": limit}).Result)
	}
	if got := poll(0, 2); strings.Count(got, "update_id") != 2 || got != poll(0, 2) {
		t.Errorf("unconfirmed updates do not come again: %s", got)
	}
	if got := poll(100003, 100); strings.Count(got, "update_id") != 1 || !strings.Contains(got, "/imagine 2") {
		t.Errorf("after the confirmation of two comes %s", got)
	}
	if got := poll(100004, 100); got != "[]" {
		t.Errorf("after the confirmation of all comes %s", got)
	}
	s.Repeat()
	if got := poll(100004, 100); !strings.Contains(got, "/imagine 2") || poll(100004, 100) != "[]" {
		t.Errorf("the repeated update does not come exactly once more, but %s", got)
	}
}

func TestOfTwoPollsTheFirstIsEnded(t *testing.T) {
	s := start(t)
	first := make(chan reply, 1)
	go func() { first <- call(t, s, "getUpdates", map[string]any{"timeout": 50}) }()
	for len(s.Calls("getUpdates")) == 0 {
		<-s.Changed()
	}
	if got := call(t, s, "getUpdates", nil); !got.OK {
		t.Errorf("the second poll is answered %+v", got)
	}
	if got := <-first; got.Code != 409 {
		t.Errorf("the first poll is answered %+v", got)
	}
	s.SetWebhook("https://example.com")
	if got := call(t, s, "getUpdates", nil); got.Code != 409 || !strings.Contains(got.Description, "webhook") {
		t.Errorf("a poll beside a webhook is answered %+v", got)
	}
}

func TestFilesCanBeFetched(t *testing.T) {
	s := start(t)
	s.AddFile("fox", []byte("a fox"))
	var file struct {
		Path string `json:"file_path"`
	}
	if err := json.Unmarshal(call(t, s, "getFile", map[string]any{"file_id": "fox"}).Result, &file); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(s.URL + "/file/bot" + telegramtest.Token + "/" + file.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); string(got) != "a fox" {
		t.Errorf("the file is %q", got)
	}
}

func TestPhotosThatTelegramRefuses(t *testing.T) {
	s := start(t)
	for want, content := range map[string][]byte{
		"IMAGE_PROCESS_FAILED": []byte("no picture"),
		"non-empty":            {},
		"too big":              make([]byte, 10<<20+1),
	} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("chat_id", fmt.Sprint(telegramtest.GroupID))
		part, err := form.CreateFormFile("photo", "fox.png")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
		_ = form.Close()
		got := post(t, s.URL+"/bot"+telegramtest.Token+"/sendPhoto", form.FormDataContentType(), body.Bytes())
		if got.OK || !strings.Contains(got.Description, want) {
			t.Errorf("%d bytes are answered %+v, want %q", len(content), got, want)
		}
	}
}

func TestMarkupIsReadAsTelegramDoes(t *testing.T) {
	for _, c := range []struct {
		html, text string
		entities   []telegramtest.Entity
		err        string
	}{
		{html: "a & b &copy; &lt;&#102;&#x6F;&gt;", text: "a & b &copy; <fo>"},
		{html: "🦊<b>x</b>", text: "🦊x", entities: []telegramtest.Entity{{Type: "bold", Offset: 2, Length: 1}}},
		{html: `<a href="https://example.com?a&amp;b">x</a>`, text: "x",
			entities: []telegramtest.Entity{{Type: "text_link", Length: 1, URL: "https://example.com?a&b"}}},
		{html: `<a href="javascript:x">x</a>`, text: "x"},
		{html: "<B>x</b>", text: "x", entities: []telegramtest.Entity{{Type: "bold", Length: 1}}},
		{html: "<b></b>", text: ""},
		{html: "<br>", err: "Unsupported start tag"},
		{html: "a < b", err: "Unclosed start tag"},
		{html: "<b>x", err: "Can't find end tag"},
		{html: "<b>x</i>", err: "Unmatched end tag"},
		{html: "x</b>", err: "Unexpected end tag"},
	} {
		text, entities, err := telegramtest.ParseHTML(c.html)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.html, err, c.err)
			}
			continue
		}
		if err != nil || text != c.text || !reflect.DeepEqual(entities, c.entities) {
			t.Errorf("%s is read %q %+v, %v", c.html, text, entities, err)
		}
	}
}
