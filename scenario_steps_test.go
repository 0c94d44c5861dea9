//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"kellybot/bots/botstest"
	"kellybot/kelly/kellytest"
)

// steps are all the sentences of scenarios. The first that fits is meant.
var steps = []step{
	does(`the operator sets REST`, func(p *play, part map[string]string) {
		p.settings = append(p.settings, strings.Fields(part["rest"])...)
	}),
	does(`the word list is WORDS`, func(p *play, part map[string]string) {
		file := filepath.Join(p.folder, "words.txt")
		if err := os.WriteFile(file, []byte(strings.Join(words(part["words"]), "\n")), 0o600); err != nil {
			p.fail("%v", err)
		}
		p.settings = append(p.settings, "BLOCK_WORDS="+file)
	}),
	does(`WHO is a moderator`, func(p *play, part map[string]string) { p.scene.promote(p.person(part["who"])) }),
	does(`WHO speaks NAME`, func(p *play, part map[string]string) {
		who := p.person(part["who"])
		who.Locale = part["name"]
		p.people[part["who"]] = who
	}),
	does(`WHO(?P<private> in private)? attaches a photo of SIZE: (?P<line>/REST)`, func(p *play, part map[string]string) {
		p.say(part, photo(p.t, part["size"]))
	}),
	does(`WHO(?P<private> in private)? attaches the file: (?P<line>/REST)`, func(p *play, part map[string]string) {
		p.say(part, p.file)
	}),
	does(`WHO replies to (?P<picture>the picture|a photo of SIZE): (?P<line>/REST)`, func(p *play, part map[string]string) {
		p.acts(part["who"], false, false)
		p.tell("%s, in reply to %s: %s", part["who"], part["picture"], part["line"])
		p.use(commandOf(part["line"]))
		p.scene.reply(p.actor, part["line"], p.target(part))
	}),
	does(`WHO(?P<private> in private)?: (?P<line>REST)`, func(p *play, part map[string]string) { p.say(part) }),
	does(`WHO picks (?P<entry>.+?) in the menu of (?P<picture>the picture|a photo of SIZE)`, func(p *play, part map[string]string) {
		p.acts(part["who"], false, false)
		p.tell("%s picks %s in the menu of %s", part["who"], part["entry"], part["picture"])
		for _, c := range everything.All(strings.ToLower(p.platform)) {
			if c.Menu == part["entry"] {
				p.use(c.Name)
			}
		}
		p.scene.pick(p.actor, part["entry"], p.target(part))
	}),
	does(`WHO presses (?P<label>.+?)(?: below (?P<id>[0-9a-z]+))?`, func(p *play, part map[string]string) {
		p.acts(part["who"], false, true)
		if part["id"] != "" {
			p.tell("%s presses %s below %s", part["who"], part["label"], part["id"])
		} else {
			p.tell("%s presses %s", part["who"], part["label"])
		}
		p.press(part["label"], part["id"])
	}),
	does(`WHO follows the link`, func(p *play, part map[string]string) {
		p.acts(part["who"], true, false)
		p.tell("%s follows the link", part["who"])
		p.use("start")
		p.scene.say(p.actor, p.scene.links()[p.links-1])
	}),
	does(`WHO fills in: REST`, func(p *play, part map[string]string) {
		p.acts(part["who"], p.person(part["who"]).Private, false)
		p.tell("%s fills in: %s", part["who"], part["rest"])
		if !p.scene.Fill(p.actor, part["rest"]) {
			p.fail("nobody was asked")
		}
	}),
	does(`restart`, func(p *play, _ map[string]string) { p.restart(syscall.SIGTERM) }),
	does(`crash`, func(p *play, _ map[string]string) { p.restart(syscall.SIGKILL) }),
	does(`two days pass`, func(p *play, _ map[string]string) {
		p.tell("Two days pass.")
		p.world.telegram.Age()
	}),
	does(`Kelly pauses`, func(p *play, _ map[string]string) { p.release = p.world.kelly.Hold() }),
	does(`Kelly goes on`, func(p *play, _ map[string]string) { p.release() }),
	does(`Kelly is drawing COUNT pictures?`, func(p *play, part map[string]string) { p.world.inFlight(number(part["count"])) }),
	does(`Kelly answers with something else`, func(p *play, _ map[string]string) { p.world.kelly.Script(kellytest.NotAPicture) }),
	does(`Kelly refuses: REST`, func(p *play, part map[string]string) { p.world.kelly.Script(kellytest.Detail(400, part["rest"])) }),

	seen(`sees COUNT (?P<as>pictures?|file)(?: of SIZE)?(?:: WORDS)?`, (*play).sees),
	seen(`sees(?P<alone> alone)? the file (?P<file>[a-z.-]+) with WORDS`, func(p *play, part map[string]string) {
		m := p.next(1)
		p.isFor(m, part["alone"] != "")
		if file := m.Files[0]; file.Name != part["file"] || !hasAll(string(file.Bytes), words(part["words"])) {
			p.fail("it is %s: %s", file.Name, file.Bytes)
		}
	}),
	seen(`sees(?P<alone> alone)?: WORDS`, (*play).sees),
	seen(`sees a status: WORDS`, func(p *play, part map[string]string) {
		p.until("a status", func() bool {
			return slices.ContainsFunc(p.scene.Messages(), func(m botstest.Message) bool { return isStatus(m) && hasAll(m.Text, words(part["words"])) })
		})
	}),
	seen(`WHO is told(?P<picture> with a picture)?: WORDS`, func(p *play, part map[string]string) {
		p.until("it to be told", func() bool { return p.hears(part["picture"] != "", words(part["words"])) })
	}),
	seen(`is asked: WORDS`, (*play).asked),
	seen(`is led to the private chat`, func(p *play, _ map[string]string) {
		p.until("a link", func() bool { return len(p.scene.links()) > p.links })
		p.links++
		p.tell("    is led to the private chat")
	}),
	seen(`with buttons (?P<labels>.+)`, func(p *play, part map[string]string) {
		var labels []string
		for _, label := range p.answer.Buttons {
			labels = append(labels, plain(label))
		}
		if got := strings.Join(labels, ", "); got != part["labels"] {
			p.fail("the buttons are %s", got)
		}
	}),
	seen(`without buttons`, func(p *play, _ map[string]string) {
		if len(p.answer.Buttons) > 0 {
			p.fail("the buttons are %q", p.answer.Buttons)
		}
	}),
	seen(`naming WHO`, func(p *play, part map[string]string) {
		if !p.scene.names(p.answer, p.person(part["who"])) {
			p.fail("it names %q", p.answer.Pings)
		}
	}),
	seen(`without WORDS`, func(p *play, part map[string]string) {
		for _, word := range words(part["words"]) {
			if strings.Contains(p.answer.Text, word) {
				p.fail("the answer has %q", word)
			}
		}
	}),
	seen(`called NAME`, func(p *play, part map[string]string) { p.names[part["name"]] = p.id }),
	seen(`(?P<id>[0-9a-z]+) is gone`, func(p *play, part map[string]string) {
		p.until("it to be gone", func() bool { return !p.there(part["id"]) })
		p.tell("    The picture is gone.")
	}),
	seen(`(?P<id>[0-9a-z]+) is still there`, func(p *play, part map[string]string) {
		if !p.there(part["id"]) {
			p.fail("it is gone")
		}
	}),
	seen(`Kelly was asked COUNT times? for WORDS`, func(p *play, part map[string]string) {
		prompt := words(part["words"])[0]
		if got := p.world.kelly.Prompts()[prompt]; got != number(part["count"]) {
			p.fail("it was asked %d times", got)
		}
	}),
}

// there says whether people see the picture of that id, or its buttons.
func (p *play) there(id string) bool {
	below, several := p.below[id]
	return slices.ContainsFunc(p.scene.Messages(), func(m botstest.Message) bool { return hasFile(m, id) || several && m.ID == below })
}

// hasFile says whether the message shows the picture of that id.
func hasFile(m botstest.Message, id string) bool {
	return slices.ContainsFunc(m.Files, func(f botstest.File) bool { return strings.Contains(f.Name, id) })
}

// hears takes the message with these words out of what nobody has seen yet,
// whatever came before it.
func (p *play) hears(picture bool, want []string) bool {
	all, news := p.news()
	for _, n := range news {
		if m := all[n]; hasAll(m.Text, want) && picture == (len(m.Files) == 1 && m.Files[0].Spoiler) {
			p.known = append(p.known, m)
			p.recorded(m.ID)
			p.answer = m
			p.tellAnswer(m)
			return true
		}
	}
	return false
}

// number is a count in words or digits.
func number(count string) int {
	if count == "a" {
		return 1
	}
	n, _ := strconv.Atoi(count) // "no" and "" are 0
	return n
}

// say has somebody send a command.
func (p *play) say(part map[string]string, files ...botstest.File) {
	p.acts(part["who"], part["private"] != "", false)
	with := ""
	if len(files) > 0 {
		with = ", with a picture"
	}
	p.tell("%s%s%s: %s", part["who"], part["private"], with, part["line"])
	p.use(commandOf(part["line"]))
	p.scene.say(p.actor, part["line"], files...)
}

// commandOf is the command that a line begins with, or that of plain text.
func commandOf(line string) string {
	if !strings.HasPrefix(line, "/") {
		return "say"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	return name
}

// restart ends the program and starts it anew.
func (p *play) restart(by syscall.Signal) {
	p.t.Helper()
	p.program.signal(by)
	p.program.wait()
	p.before += p.program.stderr.String()
	p.restarted = true
	p.tell("The bot is started anew.")
	p.start()
}

// asked holds the form that the actor sees against the words: its title, and
// what its fields hold.
func (p *play) asked(part map[string]string) {
	p.t.Helper()
	form := ""
	p.until("a form", func() bool { form = p.scene.form(p.actor); return form != "" })
	if !hasAll(form, words(part["words"])) {
		p.fail("the form is %q", form)
	}
	if p.platform == "Telegram" {
		p.next(0) // the question
	}
	p.tell("    is asked:")
	p.tellLines(strings.Split(form, "\n"))
}

func hasAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}
