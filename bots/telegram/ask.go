package telegram

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/telebot.v3"

	"kellybot/bots"
	"kellybot/commands"
)

// A form is a message to reply to. Its first line says what the reply asks
// for, and is all that the bot needs to know later: nothing is stored.

// question is the text of the message that asks for what the form wants.
func question(form *commands.Form, locale string) commands.Text {
	command, id := form.Asks()
	first := "/" + command
	if id != "" {
		first += " " + id
	}
	text := commands.Text{{Text: questionMark}, {Text: first, Style: commands.Code}, {Text: "\n"}}
	line, how := form.Line(), commands.Say("Reply to this message with your words.")
	if form.Changes != "" {
		how = commands.Say("Reply to this message with your words, and with the options that you want to change: the rest stays as it was.")
	}
	switch {
	case line == "", bots.UTF16Len(line) > maxLine: // a part of it would be no command
		return append(text, how.In(locale)...)
	case form.Changes != "":
		how = slices.Concat(how, commands.T(" "), commands.Say("The whole as a command is:"))
	default:
		how = commands.Say("Reply to this message with your words. To keep the rest as it was, copy this line, change it, and send it:")
	}
	text = append(text, how.In(locale)...)
	return append(text, commands.Span{Text: "\n"}, commands.Span{Text: line, Style: commands.Code})
}

// questionMark begins the first line of a question.
const questionMark = "✏️ "

// asked finds the command and the id in a question's first line.
var asked = regexp.MustCompile(`^` + questionMark + `/([a-z0-9_]{1,32})(?: ([a-z0-9]{1,63}))?(?:\n|$)`)

// replied returns what a message asks for that replies to a question of this
// bot's own: its command, and the id that it is about.
func (r *receiver) replied(m *telebot.Message) (command, id string, ok bool) {
	to := m.ReplyTo
	if to == nil || to.Sender == nil || to.Sender.ID != r.me.ID || to.Via != nil {
		return "", "", false
	}
	found := asked.FindStringSubmatch(to.Text)
	if found == nil || !slices.ContainsFunc(to.Entities, isFirstLine(found[0])) {
		return "", "", false
	}
	return found[1], found[2], true
}

// isFirstLine finds the style that only a question's first line has: the words of
// others that the bot repeats, such as what a picture shows, can say the same.
func isFirstLine(line string) func(telebot.MessageEntity) bool {
	mark, whole := bots.UTF16Len(questionMark), bots.UTF16Len(strings.TrimSuffix(line, "\n"))
	return func(e telebot.MessageEntity) bool {
		return e.Type == telebot.EntityCode && e.Offset == mark && e.Length == whole-mark
	}
}

// forcedReply opens a reply to the message for whom it is, as JSON for
// reply_markup.
func forcedReply(form *commands.Form) string {
	markup := map[string]any{"force_reply": true, "selective": true}
	if hint := []rune(strings.TrimSpace(form.Title)); len(hint) > 0 {
		markup["input_field_placeholder"] = string(hint[:min(len(hint), maxHint)])
	}
	return marked(markup)
}
