package spec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

const telegramDocs = "https://core.telegram.org/bots/api#"

// telegramRules are those that the specification leaves out, or says in words
// that are for people.
var telegramRules = []rule[call]{
	{"a chat action is one of Telegram's", telegramDocs + "sendchataction", func(c call) string {
		return when(c.method == "sendChatAction" && !slices.Contains(chatActions, c.values["action"].text), "action")
	}},
	{"parse_mode is HTML, MarkdownV2 or Markdown", telegramDocs + "formatting-options", func(c call) string {
		mode, given := c.values["parse_mode"]
		return when(given && !slices.Contains([]string{"HTML", "MarkdownV2", "Markdown"}, mode.text), "parse_mode")
	}},
	{"a command's name is of 1 to 32 small English letters, digits and underscores", telegramDocs + "botcommand", func(c call) string {
		var commands []struct {
			Name string `json:"command"`
		}
		c.fill("commands", &commands)
		return first("commands", commands, func(command struct {
			Name string `json:"command"`
		}) bool {
			return !botCommand.MatchString(command.Name)
		})
	}},
	{"a button does exactly one thing", telegramDocs + "inlinekeyboardbutton", func(c call) string {
		return c.firstButton(func(b map[string]any) bool {
			n := len(b)
			for _, look := range []string{"text", "icon_custom_emoji_id", "style"} {
				if _, given := b[look]; given {
					n--
				}
			}
			return n != 1
		})
	}},
	{"callback_data has 1 to 64 bytes", telegramDocs + "inlinekeyboardbutton", func(c call) string {
		return c.firstButton(func(b map[string]any) bool {
			data, given := b["callback_data"].(string)
			return given && (data == "" || len(data) > 64)
		})
	}},
	{"an album has 2 to 10 items, of documents alone or of none", telegramDocs + "sendmediagroup", func(c call) string {
		var items []struct {
			Type string `json:"type"`
		}
		c.fill("media", &items)
		mixed := slices.ContainsFunc(items, func(i struct {
			Type string `json:"type"`
		}) bool {
			return (i.Type == "document") != (items[0].Type == "document")
		})
		return when(c.method == "sendMediaGroup" && (len(items) < 2 || len(items) > 10 || mixed), "media")
	}},
	{"a search has at most 50 results, each with an id of its own", telegramDocs + "answerinlinequery", func(c call) string {
		var results []struct {
			ID string `json:"id"`
		}
		c.fill("results", &results)
		ids := make(map[string]bool)
		for _, r := range results {
			ids[r.ID] = true
		}
		return when(len(results) > 50 || len(ids) < len(results), "results")
	}},
	{"a text has 1 to 4096 characters after parsing", telegramDocs + "sendmessage", func(c call) string {
		return c.tooLong("text", 4096, c.method == "sendMessage" || c.method == "editMessageText")
	}},
	{"a caption has at most 1024 characters after parsing", telegramDocs + "sendphoto", func(c call) string {
		return c.tooLong("caption", 1024, true)
	}},
	{"only updates that there are can be allowed", telegramDocs + "update", func(c call) string {
		var updates []string
		c.fill("allowed_updates", &updates)
		return first("allowed_updates", updates, func(name string) bool { return !updateTypes(name) })
	}},
}

// chatActions are those of https://core.telegram.org/bots/api#sendchataction.
var chatActions = []string{
	"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
	"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}

var botCommand = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// updateTypes reports whether an update may have that field. The document's
// list is the one that is kept up to date.
func updateTypes(name string) bool {
	api := telegram().api
	if api == nil {
		return true
	}
	return name != "update_id" && slices.ContainsFunc(api.Types["Update"].Fields, func(f field) bool { return f.Name == name })
}

// fill gives a parameter that is JSON the shape of what into points to.
func (c call) fill(name string, into any) {
	value, given := c.values[name]
	switch {
	case !given:
	case value.parsed != nil:
		fill(value.parsed, into)
	default:
		_ = json.Unmarshal([]byte(value.text), into) // the specification says what it must be
	}
}

// firstButton returns the place of the first button that is wrong, or "".
func (c call) firstButton(wrong func(map[string]any) bool) string {
	var markup struct {
		Rows [][]map[string]any `json:"inline_keyboard"`
	}
	c.fill("reply_markup", &markup)
	for n, row := range markup.Rows {
		if at := first(fmt.Sprintf("reply_markup/inline_keyboard/%d", n), row, wrong); at != "" {
			return at
		}
	}
	return ""
}

// tooLong reports a text of more characters than that, or of none where it
// needs some.
func (c call) tooLong(name string, most int, applies bool) string {
	value, given := c.values[name]
	n := characters(read(value.text, c.values["parse_mode"].text))
	return when(applies && given && (n > most || n == 0 && name == "text"), name)
}
