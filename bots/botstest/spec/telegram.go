package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"regexp"
	"sync"
)

// A botAPI is the Bot API as JSON.
type botAPI struct {
	Methods map[string]described `json:"methods"`
	Types   map[string]described `json:"types"`
}

// A described is a method or a type.
type described struct {
	Fields   []field  `json:"fields"`
	Subtypes []string `json:"subtypes"`
}

type field struct {
	Name        string   `json:"name"`
	Types       []string `json:"types"`
	Required    bool     `json:"required"`
	Description string   `json:"description"`
}

// telegramChecks are what Telegram's requests are held against; api is nil
// where the document is not given.
type telegramChecks struct{ api *botAPI }

var telegram = sync.OnceValue(func() *telegramChecks {
	content := document(telegramFile)
	if content == nil {
		return &telegramChecks{}
	}
	api := new(botAPI)
	if err := json.Unmarshal(content, api); err != nil {
		panic(telegramFile + " is not the Bot API: " + err.Error())
	}
	return &telegramChecks{api}
})

// methodPath is the path of a method, wherever the API is served, and filePath
// that of a file that getFile has named.
var (
	methodPath = regexp.MustCompile(`/bot[^/]+/([A-Za-z]{1,64})$`)
	filePath   = regexp.MustCompile(`/file/bot[^/]+/.`)
)

func (t *telegramChecks) check(r request) (string, []violation) {
	if filePath.MatchString(r.path) {
		return "a file", nil
	}
	at := methodPath.FindStringSubmatch(r.path)
	if at == nil {
		return "…", []violation{{"the path", "it does not end in /bot, a token, / and a method"}}
	}
	sent, wrong := readCall(r)
	sent.method = at[1]
	wrong = append(wrong, broken(telegramRules, sent)...)
	if t.api == nil {
		return sent.method, wrong
	}
	method, known := t.api.Methods[sent.method]
	if !known {
		return sent.method, append(wrong, violation{"the path", "the specification has no such method"})
	}
	return sent.method, append(wrong, t.api.parameters(method, sent)...)
}

// A call is a request to the Bot API.
type call struct {
	method string
	values map[string]value
	files  map[string]bool // by name
}

// A value is a parameter as it was sent: as a text, which also stands for
// numbers, truth values and JSON, or as JSON that is no string.
type value struct {
	text   string
	parsed any // nil of a text
}

func readCall(r request) (call, []violation) {
	sent := call{values: make(map[string]value), files: make(map[string]bool)}
	for name, values := range r.query {
		sent.values[name] = value{text: values[0]}
	}
	if len(r.body) == 0 {
		return sent, nil
	}
	kind, options, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == "application/json":
		err = sent.readJSON(r.body)
	case kind == "application/x-www-form-urlencoded":
		var form url.Values
		form, err = url.ParseQuery(string(r.body))
		for name, values := range form {
			sent.values[name] = value{text: values[0]}
		}
	case kind == "multipart/form-data":
		err = sent.readForm(r.body, options["boundary"])
	default:
		err = errors.New("a content type that the Bot API does not take")
	}
	if err != nil {
		return sent, []violation{{"the body", "it cannot be read as its Content-Type says"}}
	}
	return sent, nil
}

func (c *call) readJSON(body []byte) error {
	fields, err := decode(body)
	for name, parsed := range object(fields) {
		if text, ok := parsed.(string); ok {
			c.values[name] = value{text: text}
		} else if parsed != nil {
			c.values[name] = value{parsed: parsed}
		}
	}
	return err
}

func (c *call) readForm(body []byte, boundary string) error {
	for form := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			c.files[part.FormName()] = true
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		c.values[part.FormName()] = value{text: string(content)}
	}
}

// decode reads JSON with its numbers as they are written.
func decode(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var parsed any
	err := decoder.Decode(&parsed)
	return parsed, err
}
