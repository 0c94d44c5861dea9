//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
)

// A scene is a platform as scenarios need it.
type scene interface {
	chat
	// Fill is botstest.Platform's.
	Fill(from botstest.From, text string) bool
	// alone is the setting that keeps the program off the other platform.
	alone() string
	say(from botstest.From, line string, files ...botstest.File)
	// press has somebody press a button below a message, and returns its command.
	press(from botstest.From, below botstest.Message, label string) (command string)
	// reply has somebody say a line as a reply to a picture.
	reply(from botstest.From, line string, to target)
	// pick has somebody choose an entry of a picture's menu.
	pick(from botstest.From, entry string, of target)
	// came reports whether pictures came as "picture", "pictures" or "file".
	came(as string, answer botstest.Message) bool
	// names reports whether the answer says for whom it is.
	names(answer botstest.Message, who botstest.From) bool
	// form is what somebody reads who is asked for something, or "".
	form(from botstest.From) string
	// links are the lines that the links to the private chat send there, in order.
	links() []string
	// promote makes somebody a moderator.
	promote(who botstest.From)
}

var scenes = map[string]func(*world) scene{
	"Discord":  func(w *world) scene { return onDiscord{w.discord} },
	"Telegram": func(w *world) scene { return onTelegram{w.telegram} },
}

type onDiscord struct{ *discordtest.Server }

func (onDiscord) alone() string { return "TELEGRAM_TOKEN=" }

func (s onDiscord) say(from botstest.From, line string, files ...botstest.File) {
	s.Say(from, line, files...)
}

func (s onDiscord) press(from botstest.From, below botstest.Message, label string) string {
	s.Press(from, below, label)
	var event struct {
		Data struct {
			ID string `json:"custom_id"`
		} `json:"data"`
	}
	_ = json.Unmarshal(s.Event(), &event) // of the server's own making
	command, _, _ := strings.Cut(event.Data.ID, ":")
	return command
}

func (onDiscord) reply(botstest.From, string, target) {
	panic("nobody replies with a command on Discord")
}

func (s onDiscord) pick(from botstest.From, entry string, of target) {
	if of.photo != nil {
		s.Choose(from, entry, s.Post(from, *of.photo))
		return
	}
	for _, m := range s.Messages() {
		if hasFile(m, of.id) {
			s.Choose(from, entry, m.ID)
			return
		}
	}
}

func (s onDiscord) form(from botstest.From) string {
	form := s.Form(from)
	if form == nil {
		return ""
	}
	text := form.Title
	for _, field := range form.Fields {
		text += fmt.Sprintf("\n%s: %s", field.Label, field.Value)
	}
	return text
}

// came is true, as every picture is a file there.
func (onDiscord) came(string, botstest.Message) bool { return true }

func (s onDiscord) names(answer botstest.Message, who botstest.From) bool {
	return slices.Contains(answer.Pings, who.UserID)
}

func (s onDiscord) promote(who botstest.From) { s.SetModerator(who.UserID) }

func (onDiscord) links() []string { panic("no press of a button leads elsewhere on Discord") }

type onTelegram struct{ *telegramtest.Server }

func (onTelegram) alone() string { return "DISCORD_TOKEN=" }

// say sends a picture of the bot's own as the file that it is, and others as
// photos.
func (s onTelegram) say(from botstest.From, line string, files ...botstest.File) {
	if len(files) == 0 || files[0].Name == photoName {
		s.Say(from, line, files...)
		return
	}
	s.AddFile(files[0].Name, files[0].Bytes)
	chat := int64(telegramtest.GroupID)
	if from.Private {
		chat = s.number(from)
		s.AddPrivate(chat)
	}
	s.Message(chat, s.fields(from, "caption", line, map[string]any{"document": map[string]any{
		"file_id": files[0].Name, "file_unique_id": "u", "file_name": files[0].Name, "mime_type": files[0].ContentType, "file_size": len(files[0].Bytes),
	}}))
}

// fields are those of a message with a command in the text or the caption.
func (s onTelegram) fields(from botstest.From, where, line string, fields map[string]any) map[string]any {
	fields["from"] = telegramtest.Person(s.number(from), from.Name)
	fields[where] = line
	entities := map[string]string{"text": "entities", "caption": "caption_entities"}[where]
	fields[entities] = []telegramtest.Entity{{Type: "bot_command", Length: len("/" + commandOf(line))}}
	return fields
}

func (onTelegram) number(from botstest.From) int64 {
	id, _ := strconv.ParseInt(from.UserID, 10, 64) // every person's is one
	return id
}

func (s onTelegram) press(from botstest.From, below botstest.Message, label string) string {
	// The answer may change the message.
	command := ""
	for _, m := range s.Sent() {
		for _, b := range slices.Concat(m.Buttons...) {
			if m.Text == below.Text && b.Text == label {
				command, _, _ = strings.Cut(b.Data, ":")
			}
		}
	}
	s.Press(from, below, label)
	return command
}

func (s onTelegram) reply(from botstest.From, line string, to target) {
	fields := map[string]any{}
	if to.photo != nil {
		s.AddFile("theirs", to.photo.Bytes)
		photo := map[string]any{"file_id": "theirs", "file_unique_id": "u", "file_size": len(to.photo.Bytes), "width": 96, "height": 64}
		id := s.Message(telegramtest.GroupID, map[string]any{"from": telegramtest.Person(s.number(from), from.Name), "photo": []any{photo}})
		fields = s.Replying(telegramtest.GroupID, id)
	}
	for _, m := range s.Sent() {
		if to.photo == nil && m.File != nil && strings.Contains(m.File.Name, to.id) {
			fields = s.Replying(m.Chat, m.ID)
		}
	}
	s.Message(telegramtest.GroupID, s.fields(from, "text", line, fields))
}

func (onTelegram) pick(botstest.From, string, target) { panic("messages have no menu on Telegram") }

func (s onTelegram) form(from botstest.From) string {
	sent := s.Sent()
	if len(sent) == 0 || sent[len(sent)-1].Asks == nil {
		return ""
	}
	last := sent[len(sent)-1]
	return last.Asks.Hint + "\n" + last.Text
}

// sent is the latest message of the bot with that text.
func (s onTelegram) sent(m botstest.Message) telegramtest.Sent {
	all := s.Sent()
	for _, sent := range slices.Backward(all) {
		if sent.Text == m.Text {
			return sent
		}
	}
	return telegramtest.Sent{}
}

func (s onTelegram) came(as string, answer botstest.Message) bool {
	for _, m := range s.Sent() {
		if m.File != nil && m.File.Name == answer.Files[0].Name && bytes.Equal(m.File.Bytes, answer.Files[0].Bytes) {
			if document := m.Method == "sendDocument"; document == (as == "file") {
				return true
			}
		}
	}
	return false
}

// names is so of what replies to somebody's own message, too.
func (s onTelegram) names(answer botstest.Message, who botstest.From) bool {
	sent := s.sent(answer)
	to, _ := s.Replying(sent.Chat, sent.ReplyTo)["reply_to_message"].(map[string]any)
	from, _ := to["from"].(map[string]any)
	return slices.Contains(answer.Pings, who.UserID) || fmt.Sprint(from["id"]) == who.UserID
}

func (s onTelegram) links() (lines []string) {
	for _, call := range s.Calls("answerCallbackQuery") {
		if _, start, leads := strings.Cut(call.Params["url"], "?start="); leads {
			lines = append(lines, "/start "+start)
		}
	}
	return lines
}

func (s onTelegram) promote(who botstest.From) {
	s.SetMember(telegramtest.GroupID, s.number(who), "administrator")
}
