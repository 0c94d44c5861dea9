//go:build unix

package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
)

// A desk is a platform where people type, press and fill in.
type desk interface {
	stage
	Press(from botstest.From, below botstest.Message, label string)
	Fill(from botstest.From, text string) bool
}

// A reader is somebody in front of a desk, in a private chat with the bot.
type reader struct {
	*world
	desk
	from botstest.From
}

// sees waits for the newest message whose text holds the words and below which
// the button stands, unless that is "", and returns it.
func (r *reader) sees(words, button string) (seen botstest.Message) {
	r.t.Helper()
	r.until("somebody reads "+words+" with "+button, func() bool {
		for _, seen = range slices.Backward(r.Messages()) {
			if strings.Contains(seen.Text, words) && (button == "" || slices.Contains(seen.Buttons, button)) {
				return true
			}
		}
		return false
	})
	return seen
}

// tap presses the button below the newest message with the words.
func (r *reader) tap(words, button string) {
	r.t.Helper()
	r.Press(r.from, r.sees(words, button), button)
}

func TestWhatPeopleSetOutlivesTheProgramUntilTheyAreForgotten(t *testing.T) {
	for name, of := range map[string]func(*world) desk{
		"Discord":  func(w *world) desk { return w.discord },
		"Telegram": func(w *world) desk { return w.telegram },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			folder := t.TempDir()
			open := func() *process {
				p := start(t, folder, w.settings())
				for _, platform := range []string{"discord", "telegram"} {
					p.says(`msg="receiving events" platform=` + platform)
				}
				return p
			}
			p := open()
			r := &reader{w, of(w), botstest.From{UserID: anna.UserID, Name: anna.Name, Private: true}}
			r.Say(r.from, "/settings")
			r.tap("Number of pictures: 1 (the bot's)", "🔢 Number")
			r.tap("Number of pictures: 1 (the bot's)", "🔢 2")
			r.tap("Number of pictures: 2", "🚫 Negative prompt")
			r.tap("Negative prompt: no words of your own", "✏️ Type it")
			r.until("the form is there", func() bool { return r.Fill(r.from, "text, people") })
			r.sees("Negative prompt: text, people", "🎨 Model")
			r.Say(r.from, "/style save pastel soft light --size 128x64")
			r.sees("The style is saved", "")
			r.Say(r.from, "/imagine a quokka --style pastel --model PhotoPerfekt")
			r.sees("There is no model PhotoPerfekt", "🎨 PhotoPerfect")

			p.signal(syscall.SIGTERM)
			p.endsWith(0)
			p = open()
			r.tap("There is no model PhotoPerfekt", "🎨 PhotoPerfect")
			r.until("the pictures are drawn", func() bool { return len(w.kelly.Prompts()) > 0 && w.reads(r.desk, "2 × 128×64") > 0 })
			if got := w.kelly.Prompts(); got["a quokka, soft light"] != 2 || len(got) != 1 {
				t.Errorf("drawn is %v", got)
			}
			for _, request := range w.kelly.Requests() {
				if request.Prompt != "" && (request.NegativePrompt == nil || !strings.HasSuffix(*request.NegativePrompt, ", text, people")) {
					t.Errorf("asked for is %s", request.Body)
				}
			}

			r.Say(r.from, "/export")
			if message := r.sees("all that the bot stores of you", ""); len(message.Files) != 1 || !strings.Contains(string(message.Files[0].Bytes), `"a quokka, soft light"`) {
				t.Errorf("the export is %+v", message)
			}
			r.Say(r.from, "/forget")
			r.tap("This deletes your requests", "🗑️ Delete everything")
			r.sees("Everything of yours is being deleted", "")
			r.Say(r.from, "/settings")
			r.sees("Number of pictures: 1 (the bot's)", "🎨 Model")
			p.signal(syscall.SIGTERM)
			p.endsWith(0)
		})
	}
}
