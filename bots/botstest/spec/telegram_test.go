package spec

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

type params map[string]any

func telegramJSON(method string, p params) *http.Request {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/bot1:"+secretToken+"/"+method, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// telegramForm returns a request with each value as text, and with files.
func telegramForm(method string, values map[string]string, files ...string) *http.Request {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range values {
		_ = form.WriteField(name, value) // a bytes.Buffer takes everything
	}
	for _, name := range files {
		file, _ := form.CreateFormFile(name, "a.png")
		_, _ = file.Write([]byte("x"))
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/below/bot1:"+secretToken+"/"+method, &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func keyboard(button string) string { return `{"inline_keyboard":[[` + button + `]]}` }

// results are n of a search.
func results(n int) (all []any) {
	for i := range n {
		all = append(all, params{"type": "photo", "id": strconv.Itoa(i), "photo_file_id": "x"})
	}
	return all
}

func TestWhatTelegramTakesPasses(t *testing.T) {
	get := httptest.NewRequest(http.MethodGet, "/bot1:x/getUpdates?"+url.Values{"offset": {"-1"}, "allowed_updates": {`["message"]`}}.Encode(), nil)
	for name, r := range map[string]*http.Request{
		"nothing":  telegramJSON("getMe", nil),
		"a query":  get,
		"a file":   httptest.NewRequest(http.MethodGet, "/file/bot1:x/photos/1.png", nil),
		"natively": telegramJSON("sendMessage", params{"chat_id": -1001, "text": "x", "reply_markup": json.RawMessage(keyboard(`{"text":"x","callback_data":"x"}`))}),
		"as text":  telegramJSON("sendMessage", params{"chat_id": "-1001", "text": "x", "disable_notification": "true", "reply_markup": keyboard(`{"text":"x","callback_data":"x"}`)}),
		"a form": telegramForm("sendPhoto", map[string]string{
			"chat_id": "5", "caption": "<b>" + strings.Repeat("&amp;", 1024) + "</b>", "parse_mode": "HTML", "has_spoiler": "true",
			"reply_parameters": `{"message_id":7,"allow_sending_without_reply":true}`,
		}, "photo"),
		"an attachment": telegramForm("sendMediaGroup", map[string]string{
			"chat_id": "5", "media": `[{"type":"photo","media":"attach://file0"},{"type":"photo","media":"attach://file1"}]`,
		}, "file0", "file1"),
		"a search": telegramJSON("answerInlineQuery", params{"inline_query_id": "1", "results": results(50), "cache_time": 0, "is_personal": true,
			"button": params{"text": "x", "start_parameter": "x"}}),
		"a scope": telegramJSON("setMyCommands", params{"commands": json.RawMessage(`[{"command":"imagine","description":"x"}]`), "scope": json.RawMessage(`{"type":"chat","chat_id":5}`)}),
	} {
		if told := look(t, Telegram, r); len(told) > 0 {
			t.Errorf("%s: %q", name, told)
		}
	}
}

func TestWhatTelegramDoesNotTakeIsCaught(t *testing.T) {
	message := func(more params) *http.Request {
		p := params{"chat_id": 5, "text": "x"}
		maps.Copy(p, more)
		return telegramJSON("sendMessage", p)
	}
	photo := func(more map[string]string) *http.Request {
		p := map[string]string{"chat_id": "5"}
		maps.Copy(p, more)
		return telegramForm("sendPhoto", p, "photo")
	}
	menu := func(commands string) *http.Request {
		return telegramJSON("setMyCommands", params{"commands": json.RawMessage(commands)})
	}
	mislabelled := telegramForm("sendMessage", nil)
	mislabelled.Header.Set("Content-Type", "application/json")
	foxes := strings.Repeat("🦊", 513)

	catch(t, Telegram, []wrong{
		{"an unknown method", telegramJSON("sendFox", nil), "sendFox: at the path", false},
		{"no method", httptest.NewRequest(http.MethodPost, "/bot1:"+secretToken+"/", nil), "a token, / and a method", true},
		{"a body that is not what it says", mislabelled, "at the body: it cannot be read as its Content-Type says", true},
		{"an unknown parameter", message(params{"txt": "x"}), "at txt: a parameter that the specification lacks", false},
		{"a parameter that is missing", telegramJSON("sendMessage", params{"chat_id": 5}), "at text: it is required", false},
		{"a number that is none", telegramJSON("getUpdates", params{"offset": "many"}), "at offset: it is not Integer", false},
		{"half a number", telegramJSON("getUpdates", params{"offset": 1.5}), "at offset: it is not Integer", false},
		{"a number for a text", message(params{"text": 5}), "at text: it is not String", false},
		{"a truth value that is none", message(params{"disable_notification": "yes"}), "at disable_notification: it is not Boolean", false},
		{"JSON that is none", message(params{"reply_parameters": "{"}), "at reply_parameters: it is not ReplyParameters", false},
		{"an unknown field", message(params{"reply_parameters": `{"message_id":7,"foxes":1}`}), "at reply_parameters/foxes: a field", false},
		{"a field that is missing", message(params{"reply_parameters": `{}`}), "at reply_parameters/message_id: it is required", false},
		{"a field of another type", message(params{"reply_parameters": `{"message_id":"7"}`}), "at reply_parameters/message_id: it is not Integer", false},
		{"another field's type", message(params{"link_preview_options": `{"is_disabled":1}`}), "at link_preview_options/is_disabled: it is not Boolean", false},
		{"a keyboard that is no array", message(params{"reply_markup": `{"inline_keyboard":{}}`}), "at reply_markup/inline_keyboard: it is no array", false},
		{"an unknown scope", telegramJSON("getMyCommands", params{"scope": `{"type":"fox"}`}), "at scope/type: the specification says: must be", false},
		{"data of 65 bytes", message(params{"reply_markup": keyboard(`{"text":"x","callback_data":"` + strings.Repeat("x", 65) + `"}`)}),
			"at reply_markup/inline_keyboard/0/0: callback_data has 1 to 64 bytes", true},
		{"data of no bytes", message(params{"reply_markup": keyboard(`{"text":"x","callback_data":""}`)}),
			"at reply_markup/inline_keyboard/0/0/callback_data: the specification says: 1-64 bytes, and it has 0", false},
		{"a button that does nothing", message(params{"reply_markup": keyboard(`{"text":"x"}`)}), "a button does exactly one thing", true},
		{"a button that does two things", message(params{"reply_markup": keyboard(`{"text":"x","callback_data":"x","url":"https://example.com"}`)}), "a button does exactly one thing", true},
		{"a button of an unknown colour", message(params{"reply_markup": keyboard(`{"text":"x","callback_data":"x","style":"fox"}`)}), "at reply_markup/inline_keyboard/0/0/style: the specification says", false},
		{"a text of 4097 characters", message(params{"text": strings.Repeat("x", 4097)}), "at text: a text has 1 to 4096", true},
		{"a text of nothing but tags", message(params{"text": "<b></b>", "parse_mode": "HTML"}), "at text: a text has 1 to 4096", true},
		{"a caption of 1025 characters after parsing", photo(map[string]string{"caption": "<b>" + strings.Repeat("&amp;", 1025) + "</b>", "parse_mode": "HTML"}),
			"at caption: a caption has at most 1024", true},
		{"a caption whose markup is not parsed", photo(map[string]string{"caption": strings.Repeat("&amp;", 205)}), "0-1024 characters, and it has 1025", false},
		{"a caption of 513 foxes", photo(map[string]string{"caption": foxes}), "at caption: a caption has at most 1024", true},
		{"a notice of 201 characters", telegramJSON("answerCallbackQuery", params{"callback_query_id": "1", "text": strings.Repeat("x", 201)}), "0-200 characters, and it has 201", false},
		{"an unknown parse mode", message(params{"parse_mode": "Fox"}), "at parse_mode: parse_mode is HTML", true},
		{"an unknown chat action", telegramJSON("sendChatAction", params{"chat_id": 5, "action": "draw_fox"}), "at action: a chat action", true},
		{"a file where none can be", telegramForm("sendMessage", map[string]string{"chat_id": "5", "text": "x"}, "text"), "at text: a file where none can be", false},
		{"a photo that is not there", telegramJSON("sendPhoto", params{"chat_id": 5}), "at photo: it is required", false},
		{"an attachment that is not there", telegramForm("sendMediaGroup", map[string]string{"chat_id": "5", "media": `[{"type":"photo","media":"attach://file1"}]`}, "file0"),
			"at media/0/media: the file that it attaches", false},
		{"an album of one", telegramForm("sendMediaGroup", map[string]string{"chat_id": "5", "media": `[{"type":"photo","media":"attach://file0"}]`}, "file0"),
			"at media: an album has 2 to 10 items", true},
		{"an album of both kinds", telegramForm("sendMediaGroup", map[string]string{
			"chat_id": "5", "media": `[{"type":"photo","media":"attach://file0"},{"type":"document","media":"attach://file1"}]`,
		}, "file0", "file1"), "at media: an album has 2 to 10 items", true},
		{"51 results", telegramJSON("answerInlineQuery", params{"inline_query_id": "1", "results": results(51)}), "at results: a search has at most 50", true},
		{"a result twice", telegramJSON("answerInlineQuery", params{"inline_query_id": "1", "results": append(results(1), results(1)...)}), "at results: a search has at most 50", true},
		{"a command in capitals", menu(`[{"command":"Imagine","description":"x"}]`), "at commands/0: a command's name", true},
		{"a command without a description", menu(`[{"command":"imagine","description":""}]`), "at commands/0/description: the specification says: 1-256 characters", false},
		{"101 commands", menu(`[` + strings.Repeat(`{"command":"imagine","description":"x"},`, 100) + `{"command":"imagine","description":"x"}]`), "At most 100 commands", false},
		{"more updates than there are at once", telegramJSON("getUpdates", params{"limit": 101}), "at limit: the specification says: Values between 1-100", false},
		{"an update that there is not", telegramJSON("getUpdates", params{"allowed_updates": []string{"message", "fox"}}), "at allowed_updates/1: only updates", false},
	})
}
