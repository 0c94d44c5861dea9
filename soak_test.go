//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/kelly/kellytest"
)

const (
	soakRequests = 2000
	soakShort    = 400 // with -short, and under the race detector, which is several times slower
	soakWaiting  = 150 // are unanswered at a time
	soakWorkers  = 16
	soakPatience = 2 * time.Minute
)

// tellsVitals makes a process of the test say on standard error, at every
// SIGUSR2, how many goroutines it has and how many bytes of its heap live.
const tellsVitals = "KELLYBOT_TEST_VITALS"

func init() {
	if os.Getenv(tellsVitals) == "" {
		return
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	go func() {
		for n := 1; ; n++ {
			<-asked
			runtime.GC()
			runtime.GC() // what pools kept is gone after the second
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			fmt.Fprintf(os.Stderr, "vitals %d: %d goroutines, %d bytes.\n", n, runtime.NumGoroutine(), memory.HeapAlloc)
		}
	}()
}

// A soak is a bot in trouble.
type soak struct {
	*world
	t        *testing.T
	trouble  *mischief
	bot      *process
	ways     map[string]*relay // to Kelly and to the platforms' APIs
	requests int               // that will be
	asked    []*question
	shaken   int // how many of shakes
	readings int // of the vitals
}

// A question is one person's only request.
type question struct {
	person, prompt string
	interaction    string // on Discord
	message        int    // on Telegram
	at             time.Time
}

// TestASoakOfFaultsLosesNothing has 2000 people ask for a picture each, on
// both platforms, while calls fail in every way that peers know. Everybody who
// was promised an answer gets it, once, and the bot stays as small as it was.
func TestASoakOfFaultsLosesNothing(t *testing.T) {
	requests := soakRequests
	if testing.Short() || raceDetector {
		requests = soakShort
	}
	s := newSoak(t, requests)
	began := time.Now()
	s.ask(requests / 10)
	s.settle()
	first := s.vitals()
	s.refuse("Discord", "Telegram")
	s.ask(requests / 2)
	s.refuse("Kelly")
	s.ask(requests)
	s.settle()
	s.trouble.end()
	took := time.Since(began)
	last, level := s.level(first)

	s.once()
	s.t.Logf("%d requests in %s; first %s; last %s", requests, took.Round(time.Second), first, last)
	if !level {
		t.Errorf("after a tenth it had %s, in the end %s", first, last)
	}
	s.bot.signal(syscall.SIGTERM)
	s.bot.endsWith(0)
	if t.Failed() {
		t.Log(s.bot.stderr.String())
	}
}

func newSoak(t *testing.T, requests int) *soak {
	s := &soak{world: newWorld(t), t: t, requests: requests, trouble: newMischief(), ways: map[string]*relay{}}
	var settings []string
	for setting, address := range map[string]string{"KELLY_API_URL": s.kelly.URL, "DISCORD_API_URL": s.discord.URL, "TELEGRAM_API_URL": s.telegram.URL} {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		way := newRelay(t, at.Host)
		at.Host = way.listener.Addr().String()
		settings = append(settings, setting+"="+at.String())
		s.ways[map[string]string{"KELLY_API_URL": "Kelly", "DISCORD_API_URL": "Discord", "TELEGRAM_API_URL": "Telegram"}[setting]] = way
	}
	s.bot = s.serve(append(settings, tellsVitals+"=1", fmt.Sprint("WORKERS=", soakWorkers), "KELLY_TIMEOUT=5s")...)
	s.trouble.spoilKelly(s.kelly)
	s.trouble.spoilDiscord(s.world)
	s.trouble.spoilTelegram(s.world, 20*requests)
	return s
}

// ask has people ask until there are n questions, and the gateway fail now and
// then. Some events come twice.
func (s *soak) ask(n int) {
	for len(s.asked) < n {
		for len(s.asked)%10 == 0 && s.unanswered() >= soakWaiting {
			pause(s.t, 50*time.Millisecond)
		}
		s.askOne()
		if s.shaken < len(shakes) && len(s.asked) >= (s.shaken+1)*s.requests/(len(shakes)+1) {
			s.shake()
		}
	}
}

func (s *soak) askOne() {
	n := len(s.asked)
	q := &question{person: fmt.Sprint(100_000 + n), prompt: fmt.Sprintf("picture %04d", n), at: time.Now()}
	s.asked = append(s.asked, q)
	again := s.trouble.pick("repeated events", []string{"repeated"}) != ""
	if n%2 == 0 {
		q.interaction = s.discord.Use(botstest.From{UserID: q.person, Name: "Somebody"}, "imagine", map[string]string{"prompt": q.prompt})
		if again {
			s.discord.Repeat()
		}
		return
	}
	q.message = s.telegram.Message(telegramtest.GroupID, map[string]any{
		"from":     telegramtest.Person(int64(100_000+n), "Somebody"),
		"text":     "/imagine " + q.prompt,
		"entities": []telegramtest.Entity{{Type: "bot_command", Length: len("/imagine")}},
	})
	if again {
		s.telegram.Repeat()
	}
}

// shakes are what happens to the connection with the gateway. After the last
// one it cannot be resumed.
var shakes = []func(*soak){
	func(s *soak) { s.discord.Disconnect(0) },
	func(s *soak) { s.discord.Disconnect(4000) },
	func(s *soak) { s.discord.Reconnect() }, // op 7
	func(s *soak) { // op 9
		s.discord.Forget()
		s.discord.Disconnect(0)
	},
}

// shake does the next of them, and waits until events come again: what happens
// without a session nobody hears of, and what is heard after three seconds
// Discord does not let anybody answer.
func (s *soak) shake() {
	resumed := func() int { return strings.Count(s.bot.stderr.String(), "the gateway connection is resumed") }
	before, last := resumed(), s.shaken == len(shakes)-1
	shakes[s.shaken](s)
	s.shaken++
	for deadline := time.Now().Add(patience); !last && resumed() == before || last && s.discord.Sessions() == 0; pause(s.t, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("the gateway's connection does not come back:\n%s", s.bot.stderr.String())
		}
	}
}

// refuse has a service's, or several services', connections refused while
// pictures are on their way there.
func (s *soak) refuse(services ...string) {
	s.settle()
	release := s.kelly.Hold()
	defer release()
	s.ask(len(s.asked) + 2*soakWorkers)
	s.inFlight(soakWorkers)
	var again []func()
	for _, service := range services {
		again = append(again, s.ways[service].refuse(s.t))
	}
	release()
	pause(s.t, time.Second)
	for _, mend := range again {
		mend()
	}
}

// accepted reports whether somebody was promised an answer: on Telegram
// always, for it keeps what was not confirmed. On Discord it takes a moment.
func (s *soak) accepted() func(*question) bool {
	acknowledged := map[string]bool{}
	for _, ack := range s.discord.Acks() {
		acknowledged[ack.Interaction] = true
	}
	return func(q *question) bool { return q.message != 0 || acknowledged[q.interaction] }
}

// answered counts the answers that somebody got, be it a picture or words.
func (s *soak) answered() func(*question) int {
	onDiscord, onTelegram := s.discord.Answers(), map[int]int{}
	for _, sent := range s.telegram.Sent() {
		if !strings.HasPrefix(sent.Text, "⏳") {
			onTelegram[sent.ReplyTo]++
		}
	}
	return func(q *question) int {
		if q.message != 0 {
			return onTelegram[q.message]
		}
		return onDiscord[q.person]
	}
}

func (s *soak) unanswered() (n int) {
	answered := s.answered()
	for _, q := range s.asked {
		if answered(q) == 0 {
			n++
		}
	}
	return n
}

// settle waits until everybody has the answer that was promised.
func (s *soak) settle() {
	s.t.Helper()
	const decided = 5 * time.Second // Discord takes no acknowledgement after 3
	deadline := time.Now().Add(soakPatience)
	for {
		accepted, answered := s.accepted(), s.answered()
		open := slices.DeleteFunc(slices.Clone(s.asked), func(q *question) bool {
			return answered(q) > 0 || !accepted(q) && time.Since(q.at) > decided
		})
		if len(open) == 0 {
			return
		}
		if time.Now().After(deadline) {
			for _, q := range open {
				s.t.Errorf("%s has no answer: %+v", q.prompt, *q)
			}
			s.t.Fatal(s.bot.stderr.String())
		}
		pause(s.t, 100*time.Millisecond)
	}
}

// once checks that everybody has one answer, and that it is the right one.
func (s *soak) once() {
	s.t.Helper()
	accepted, answered, pictures := s.accepted(), s.answered(), s.pictures()
	unheard, inWords, twice, again := 0, 0, 0, map[int]bool{}
	for _, q := range s.asked {
		if !accepted(q) {
			unheard++
			continue
		}
		n := answered(q)
		if pictures[q.prompt] == 0 {
			inWords++
		}
		switch {
		case n > 1 && q.message != 0:
			twice += n - 1
			again[q.message] = true
		case n > 1 && pictures[q.prompt] > 0:
			// An event that came twice and was refused twice is told so twice.
			s.t.Errorf("%s on Discord is answered %d times", q.prompt, n)
		}
	}
	unsure := s.trouble.count("Telegram sendPhoto", lost) + s.trouble.count("Telegram sendMessage", lost)
	spoilt := s.trouble.count("Kelly", kellySpoils...)
	drawn, statuses := 0, s.reads(s.telegram, "⏳")
	for _, n := range s.kelly.Prompts() {
		drawn += n
	}
	// On a busy machine some are told at once that nothing was accepted.
	refused := s.reads(s.discord, "send it again in a minute") + s.reads(s.telegram, "send it again in a minute")
	s.t.Logf("faults: %v", s.trouble)
	s.t.Logf("not heard %d; refused %d; answered in words %d of %d spoilt; answered twice %d, where %d answers of Telegram were lost; asked of Kelly %d times; statuses left behind %d",
		unheard, refused, inWords-refused, spoilt, twice, unsure, drawn, statuses)
	if unheard+refused > len(s.asked)/2 { // so that the rest proves something
		s.t.Errorf("of %d, %d were not even acknowledged, and %d refused", len(s.asked), unheard, refused)
	}
	if inWords-refused > spoilt {
		s.t.Errorf("%d got words instead of a picture, and Kelly gave a reason for %d:\n%v", inWords-refused, spoilt, s.words())
	}
	if twice > unsure {
		s.t.Errorf("%d are answered twice, and only %d answers of Telegram were lost", twice, unsure)
		for _, sent := range s.telegram.Sent() {
			if again[sent.ReplyTo] {
				s.t.Logf("to %d: %q", sent.ReplyTo, sent.Text)
			}
		}
	}
}

// pictures counts the messages with the right picture of each prompt. A wrong
// one is an error.
func (s *soak) pictures() map[string]int {
	s.t.Helper()
	seen := map[string]int{}
	for _, where := range []chat{s.discord, s.telegram} {
		for _, message := range where.Messages() {
			for _, file := range message.Files {
				prompt, _, _ := strings.Cut(message.Text, "\n")
				if !bytes.Equal(file.Bytes, kellytest.Picture(prompt, "PhotoPerfect", 64, 64)) {
					s.t.Errorf("the picture below %q is another's", prompt)
				}
				seen[prompt]++
			}
		}
	}
	return seen
}

// words counts the messages without a picture by what they say.
func (s *soak) words() map[string]int {
	said := map[string]int{}
	for _, where := range []chat{s.discord, s.telegram} {
		for _, message := range where.Messages() {
			if len(message.Files) == 0 {
				said[message.Text]++
			}
		}
	}
	return said
}

// vital are the signs that something is left behind.
type vital struct{ goroutines, heap, resident int }

func (v vital) String() string {
	return fmt.Sprintf("%d goroutines, %.1f MB of heap, %.1f MB in all", v.goroutines, float64(v.heap)/1e6, float64(v.resident)/1e6)
}

func (s *soak) vitals() (v vital) {
	s.t.Helper()
	s.readings++
	s.bot.signal(syscall.SIGUSR2)
	begin := fmt.Sprintf("vitals %d: ", s.readings)
	s.bot.says(begin)
	_, said, _ := strings.Cut(s.bot.stderr.String(), begin)
	if _, err := fmt.Sscanf(said, "%d goroutines, %d bytes.", &v.goroutines, &v.heap); err != nil {
		s.t.Fatal(err)
	}
	v.resident = s.bot.status("VmRSS")
	return v
}

// level waits until the bot has about what it had before; what has leaked
// never goes away.
func (s *soak) level(before vital) (last vital, level bool) {
	deadline := time.Now().Add(soakPatience)
	for {
		last = s.vitals()
		// A tenth of the heap lives; the rest is the memory for pictures.
		level = last.goroutines <= before.goroutines*5/4 && last.heap <= before.heap+2e6 && last.resident <= 2*before.resident
		if level || time.Now().After(deadline) {
			return last, level
		}
		pause(s.t, time.Second)
	}
}
