//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg" // beside PNG, what pictures come as
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/commands"
	"kellybot/kelly/kellytest"
)

// A play is a scenario on one platform, with the program itself.
type play struct {
	t        *testing.T
	platform string
	scene    scene
	world    *world
	folder   string   // of the program's data
	settings []string // beside the usual ones
	program  *process
	before   string // what the program said in its earlier lives
	release  func() // what Kelly holds
	line     sentence

	people    map[string]botstest.From
	actor     botstest.From      // who acted last
	pressed   bool               // a button, that is
	known     []botstest.Message // everything seen so far
	answer    botstest.Message   // the last one seen
	message   string             // its id, of several the one with the buttons
	below     map[string]string  // messages with buttons, by their pictures' ids
	file      botstest.File      // the last picture seen
	links     int                // to the private chat that were seen
	id        string             // of the last picture
	names     map[string]string  // ids by the names that the scenario gives them
	restarted bool
	used      uses
	story     strings.Builder
}

// uses are the commands that were used, before and after a restart.
type uses map[bool]map[string]bool

// TestScenarios plays every file of testdata/scenarios on both platforms, and
// holds that together they use every command there, both before and after a
// restart.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scenarios (%v)", err)
	}
	var mu sync.Mutex
	played, used, stories := 0, map[string]uses{}, map[string]string{}
	t.Run("play", func(t *testing.T) {
		for _, file := range files {
			s := readScenario(t, strings.TrimSuffix(filepath.Base(file), ".txt"))
			for _, platform := range []string{"Discord", "Telegram"} {
				t.Run(s.name+"/"+platform, func(t *testing.T) {
					t.Parallel()
					p := playOn(t, platform, s)
					mu.Lock()
					defer mu.Unlock()
					played++
					if used[platform] == nil {
						used[platform] = uses{false: {}, true: {}}
					}
					for restarted, names := range p.used {
						maps.Copy(used[platform][restarted], names)
					}
					stories[s.name+"/"+platform] = p.told()
				})
			}
		}
	})
	if played < 2*len(files) || t.Failed() {
		return // those asked for by name use but a part, and failed ones say so
	}
	for platform, uses := range used {
		for _, command := range everything.All(strings.ToLower(platform)) {
			for restarted, when := range map[bool]string{false: "before", true: "after"} {
				if !uses[restarted][command.Name] {
					t.Errorf("no scenario uses /%s on %s %s a restart", command.Name, platform, when)
				}
			}
		}
	}
	checkStories(t, stories)
}

func playOn(t *testing.T, platform string, s scenario) *play {
	w := newWorld(t)
	p := &play{
		t: t, platform: platform, world: w, folder: t.TempDir(),
		people: map[string]botstest.From{}, names: map[string]string{}, below: map[string]string{},
		used: uses{false: {}, true: {}}, release: func() {},
	}
	p.scene = scenes[platform](w)
	for _, p.line = range s.lines {
		if p.line.platform != "" && p.line.platform != platform {
			continue
		}
		if p.program == nil && !strings.HasPrefix(p.line.text, "the operator ") && !strings.HasPrefix(p.line.text, "the word list ") {
			p.start()
		}
		if err := p.line.perform(p); err != nil {
			p.fail("%v", err)
		}
	}
	p.release()
	p.program.signal(syscall.SIGTERM)
	p.program.endsWith(0)
	return p
}

// start starts the program on this platform alone.
func (p *play) start() {
	p.t.Helper()
	settings := append(p.world.settings("DATA_DIR="+p.folder, p.scene.alone()), p.settings...)
	p.program = start(p.t, p.t.TempDir(), settings)
	p.program.says(`msg="receiving events" platform=` + strings.ToLower(p.platform))
}

// fail ends the play at its line.
func (p *play) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("line %d, %q: %s\npeople see:\n%s\nthe log:\n%s", p.line.number, p.line.text, fmt.Sprintf(format, args...), shown(p.scene.Messages()), p.program.stderr.String())
}

func shown(messages []botstest.Message) string {
	var all strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&all, "  for %q, %d files, buttons %q, pings %q: %q\n", m.For, len(m.Files), m.Buttons, m.Pings, m.Text)
	}
	return all.String()
}

var slot = regexp.MustCompile(`\{([a-z]+)\}`)

// filled has what the scenario has named in place of {name}.
func (p *play) filled(text string) string {
	return slot.ReplaceAllStringFunc(text, func(name string) string {
		name = strings.Trim(name, "{}")
		if name == "id" {
			return p.id
		}
		id, known := p.names[name]
		if !known {
			p.fail("nothing is called {%s}", name)
		}
		return id
	})
}

// person is who has that name; each has an id of their own.
func (p *play) person(name string) botstest.From {
	who, known := p.people[name]
	if !known {
		who = botstest.From{UserID: strconv.Itoa(1001 + len(p.people)), Name: name}
		p.people[name] = who
	}
	return who
}

func (p *play) acts(name string, private, pressed bool) {
	who := p.person(name)
	if !pressed {
		who.Private = private
	}
	p.people[name], p.actor, p.pressed = who, who, pressed
}

// use notes that a command was used.
func (p *play) use(command string) { p.used[p.restarted][command] = true }

// until waits until what people see is so.
func (p *play) until(what string, is func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for {
		changed := p.scene.Changed()
		if is() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			p.fail("it waited in vain for %s", what)
		}
	}
}

func isStatus(m botstest.Message) bool { return strings.HasPrefix(m.Text, "⏳") }

// news is which messages people have not seen yet, without statuses, which are
// known by the answers that take their place.
func (p *play) news() (all []botstest.Message, news []int) {
	all = p.scene.Messages()
	var still []botstest.Message
	for i, m := range all {
		n := slices.IndexFunc(p.known, func(k botstest.Message) bool { return same(k, m) })
		switch {
		case n >= 0:
			still, p.known = append(still, m), slices.Delete(p.known, n, n+1)
		case !isStatus(m):
			news = append(news, i)
		}
	}
	p.known = still
	return all, news
}

func same(a, b botstest.Message) bool {
	return a.Text == b.Text && a.For == b.For && slices.Equal(a.Buttons, b.Buttons) &&
		slices.EqualFunc(a.Files, b.Files, func(f, g botstest.File) bool { return f.Name == g.Name && bytes.Equal(f.Bytes, g.Bytes) })
}

// next is the next answer, with that many pictures. An album has no buttons:
// the message after it, which has them, is part of the answer.
func (p *play) next(pictures int) botstest.Message {
	p.t.Helper()
	var answer botstest.Message
	p.until("an answer", func() bool {
		all, news := p.news()
		answer = botstest.Message{}
		for _, n := range news {
			m := all[n]
			answer.Text = strings.TrimSpace(answer.Text + "\n" + m.Text)
			answer.For, answer.Buttons = m.For, m.Buttons
			answer.Pings, answer.Files = append(answer.Pings, m.Pings...), append(answer.Files, m.Files...)
			if pictures < 2 || len(m.Buttons) > 0 {
				p.message = m.ID
				for _, n := range news[:slices.Index(news, n)+1] {
					p.known = append(p.known, all[n])
				}
				return true
			}
		}
		return false
	})
	if len(answer.Files) != pictures {
		p.fail("%d pictures, want %d", len(answer.Files), pictures)
	}
	return answer
}

// saying is the next answer in words that holds these: of two that are on their
// way, either may come first.
func (p *play) saying(words []string) botstest.Message {
	p.t.Helper()
	var answer botstest.Message
	p.until(fmt.Sprintf("an answer with %q", words), func() bool {
		all, news := p.news()
		for _, n := range news {
			if len(all[n].Files) == 0 && hasAll(all[n].Text, words) {
				answer, p.message = all[n], all[n].ID
				p.known = append(p.known, all[n])
				return true
			}
		}
		return false
	})
	return answer
}

var pictureID = regexp.MustCompile(`\b[0-9a-hjkmnp-tv-z]{13}\b`)

// sees takes the next answer, which shall hold these words.
func (p *play) sees(part map[string]string) {
	p.t.Helper()
	count := number(part["count"])
	var m botstest.Message
	if count > 0 {
		m = p.next(count)
	} else {
		m = p.saying(words(part["words"]))
	}
	p.answer = m
	for _, text := range words(part["words"]) {
		if !strings.Contains(m.Text, text) {
			p.fail("the answer lacks %q", text)
		}
	}
	p.isFor(m, part["alone"] != "")
	for _, file := range m.Files {
		config, _, err := image.DecodeConfig(bytes.NewReader(file.Bytes))
		if got := fmt.Sprintf("%dx%d", config.Width, config.Height); err != nil || part["size"] != "" && got != part["size"] {
			p.fail("the picture is %s (%v)", got, err)
		}
	}
	if count > 0 {
		p.file = m.Files[0]
		defer func() { p.below[p.id] = p.message }()
		if p.id = pictureID.FindString(m.Text); p.id == "" {
			p.fail("the picture has no id")
		}
		p.recorded(p.message)
	}
	if as := part["as"]; as != "" && !p.scene.came(as, m) {
		p.fail("it is no %s", as)
	}
	p.tellAnswer(m)
}

// isFor holds for whom the answer is against for whom it shall be. On Telegram
// only what answers a press can be for one person alone, and need not where
// nobody else is.
func (p *play) isFor(m botstest.Message, alone bool) {
	p.t.Helper()
	whom := ""
	if alone && (p.platform == "Discord" || p.pressed) {
		whom = p.actor.UserID
	}
	if m.For != whom && !(p.platform == "Telegram" && p.actor.Private && m.For == "") {
		p.fail("it is for %q, want %q", m.For, whom)
	}
}

// recorded waits until the program has recorded that it sent the message:
// people take a moment to look at it.
func (p *play) recorded(message string) {
	record := " message=" + message + "\n"
	if !strings.Contains(p.before, record) {
		p.program.says(record)
	}
}

// plain is a button's label without its emoji.
func plain(label string) string {
	_, words, _ := strings.Cut(label, " ")
	return words
}

// press has the actor press the button with that label: below the picture of
// the id, or below the last message that has one.
func (p *play) press(label, id string) {
	p.t.Helper()
	// A status may come late.
	var below botstest.Message
	var full string
	p.until("the button "+label, func() bool {
		for _, m := range p.scene.Messages() {
			i := slices.IndexFunc(m.Buttons, func(b string) bool { return plain(b) == label })
			if i >= 0 && (id == "" || m.ID == p.below[id]) {
				below, full = m, m.Buttons[i]
			}
		}
		return full != ""
	})
	if label == "Retry" { // what has failed is known to have when that is recorded
		p.recorded(below.ID)
	}
	p.use(p.scene.press(p.actor, below, full))
}

// A target is a picture in the chat that somebody picks out.
type target struct {
	id    string         // one of the bot's, or ""
	photo *botstest.File // somebody's
}

func (p *play) target(part map[string]string) target {
	if part["size"] == "" {
		return target{id: p.id}
	}
	return target{photo: new(photo(p.t, part["size"]))}
}

// photoName is the name of photos.
const photoName = "photo.png"

// photo is a picture of somebody's.
func photo(t *testing.T, size string) botstest.File {
	t.Helper()
	parsed, ok := commands.ParseSize(size)
	if !ok {
		t.Fatalf("%s is no size", size)
	}
	return botstest.File{Name: photoName, ContentType: "image/png", Bytes: kellytest.Picture("a photo", "camera", parsed.Width, parsed.Height)}
}
