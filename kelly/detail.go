package kelly

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDetail is how many bytes of an answer an error holds at most.
const maxDetail = 300

// detail reads an error answer's detail: a text, or FastAPI's list of what did
// not pass validation. Of anything else it returns the JSON.
func (c *Client) detail(raw json.RawMessage) (string, []FieldError) {
	if !present(raw) {
		return "", nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return c.clean(text), nil
	}
	var list []struct {
		Loc []any
		Msg string
	}
	if json.Unmarshal(raw, &list) != nil {
		return c.clean(string(raw)), nil
	}
	var fields []FieldError
	for _, item := range list {
		f := FieldError{Field: c.clean(field(item.Loc)), Message: c.clean(item.Msg)}
		if f.Message == "" {
			continue
		}
		line := f.Message
		if f.Field != "" {
			line = f.Field + ": " + line
		}
		if text != "" {
			line = "; " + line
		}
		if len(text)+len(line) > maxDetail {
			break
		}
		text += line
		fields = append(fields, f)
	}
	if text == "" {
		text = c.clean(string(raw))
	}
	return text, fields
}

// field joins a location such as ["body", "width"]; everything is in the body.
func field(loc []any) string {
	if len(loc) > 1 && loc[0] == "body" {
		loc = loc[1:]
	}
	parts := make([]string, len(loc))
	for i, part := range loc {
		parts[i] = fmt.Sprint(part)
	}
	return strings.Join(parts, ".")
}

// clean makes a foreign text fit for an error: without the key, printable, on
// one line, at most maxDetail bytes. A key of less than 8 characters is no
// secret and may well be a word of the text.
func (c *Client) clean(text string) string {
	if key := c.key(); len(key) >= 8 {
		text = strings.ReplaceAll(text, key, "[key]")
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) || r == ' ' || r == utf8.RuneError
	}), " ")
	if len(text) <= maxDetail {
		return text
	}
	const more = "…"
	end := maxDetail - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
