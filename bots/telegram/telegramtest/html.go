package telegramtest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An Entity is a run of a text in some style. Offset and Length count UTF-16
// units.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
}

// entityOf names the style of each tag that Telegram knows.
var entityOf = map[string]string{
	"b": "bold", "strong": "bold",
	"i": "italic", "em": "italic",
	"u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"tg-spoiler": "spoiler", "span": "spoiler",
	"a":    "text_link",
	"code": "code", "pre": "pre",
	"blockquote": "blockquote",
}

// ParseHTML reads text as parse_mode HTML does, and returns it as people see
// it. Its errors are in Telegram's words.
func ParseHTML(html string) (text string, entities []Entity, err error) {
	type open struct {
		tag    string
		url    string
		offset int
	}
	var (
		out    strings.Builder
		length int
		stack  []open
	)
	emit := func(s string) {
		out.WriteString(s)
		length += utf16Len(s)
	}
	for i := 0; i < len(html); {
		switch html[i] {
		case '&':
			char, n := htmlEntity(html[i:])
			emit(char)
			i += n
		case '<':
			end := tagEnd(html[i:])
			if end < 0 {
				return "", nil, fmt.Errorf("Unclosed start tag at byte offset %d", i)
			}
			tag := html[i+1 : i+end]
			at := i
			i += end + 1
			if name, closing := strings.CutPrefix(tag, "/"); closing {
				name = strings.ToLower(strings.TrimSpace(name))
				if len(stack) == 0 {
					return "", nil, fmt.Errorf("Unexpected end tag at byte offset %d", at)
				}
				top := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if name != "" && name != top.tag {
					return "", nil, fmt.Errorf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", at, top.tag, name)
				}
				if length > top.offset && (top.tag != "a" || top.url != "") {
					entities = append(entities, Entity{entityOf[top.tag], top.offset, length - top.offset, top.url})
				}
				continue
			}
			name, attributes, _ := strings.Cut(tag, " ")
			name = strings.ToLower(name)
			if entityOf[name] == "" || name == "span" && !strings.Contains(attributes, "tg-spoiler") {
				return "", nil, fmt.Errorf("Unsupported start tag \"%s\" at byte offset %d", name, at)
			}
			opened := open{tag: name, offset: length}
			if name == "a" {
				if opened.url, err = href(attributes); err != nil {
					return "", nil, err
				}
			}
			stack = append(stack, opened)
		default:
			_, n := utf8.DecodeRuneInString(html[i:])
			emit(html[i : i+n])
			i += n
		}
	}
	if len(stack) > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag \"%s\"", stack[len(stack)-1].tag)
	}
	slices.SortStableFunc(entities, func(a, b Entity) int { return a.Offset - b.Offset })
	return out.String(), entities, nil
}

// tagEnd returns the index of the ">" that ends the tag at the start of s; it
// does not count in quoted values.
func tagEnd(s string) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// href returns where a link leads, or "" for what Telegram shows as text.
func href(attributes string) (string, error) {
	value, found := strings.CutPrefix(strings.TrimSpace(attributes), "href=")
	if !found {
		return "", nil
	}
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return "", fmt.Errorf("Unclosed start tag")
	}
	var b strings.Builder
	for value = value[1 : len(value)-1]; value != ""; {
		char, n := htmlEntity(value)
		b.WriteString(char)
		value = value[n:]
	}
	u, err := url.Parse(b.String())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "tg" {
		return "", nil
	}
	return b.String(), nil
}

// htmlEntity decodes what s starts with, and returns how long that is. What
// is no entity of Telegram's stands for itself.
func htmlEntity(s string) (char string, n int) {
	_, n = utf8.DecodeRuneInString(s)
	if s[0] != '&' {
		return s[:n], n
	}
	end := strings.IndexByte(s, ';')
	if end < 0 {
		return "&", 1
	}
	switch name := s[1:end]; {
	case name == "lt":
		return "<", end + 1
	case name == "gt":
		return ">", end + 1
	case name == "amp":
		return "&", end + 1
	case name == "quot":
		return `"`, end + 1
	case strings.HasPrefix(name, "#"):
		code, err := strconv.ParseInt(strings.Replace(name[1:], "x", "0x", 1), 0, 32)
		if err == nil && code > 0 && utf8.ValidRune(rune(code)) {
			return string(rune(code)), end + 1
		}
	}
	return "&", 1
}

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }
