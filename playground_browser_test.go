//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kellybot/kelly/kellytest"
)

const (
	fox      = "a red fox in snow"
	composer = `document.querySelector("#text")`
	// lastAnswer and lastPicture are the newest of the bot's.
	lastAnswer  = `[...document.querySelectorAll("article:not(.own)")].at(-1)`
	lastPicture = `[...document.querySelectorAll(".picture img")].at(-1)`
)

// pictures is true when so many pictures are there, to be seen.
func pictures(n int) string {
	return fmt.Sprintf(`(all => all.length === %d && all.every((one) => one.complete && one.naturalWidth > 0))([...document.querySelectorAll(".picture img")])`, n)
}

// answered is true when the bot's newest message holds the words.
func answered(words string) string {
	return fmt.Sprintf("%s?.innerText.includes(%s)", lastAnswer, quoteJS(words))
}

func quoteJS(s string) string {
	quoted, _ := json.Marshal(s) // it is a string
	return string(quoted)
}

// button is a script for the button with that label in the bot's newest message.
func button(label string) string {
	return fmt.Sprintf(`[...%s.querySelectorAll("button")].find((one) => one.innerText.includes(%s))`, lastAnswer, quoteJS(label))
}

// servePlayground starts the program as it is without a token.
func servePlayground(t testing.TB, folder string, settings ...string) (*process, string) {
	t.Helper()
	p := start(t, folder, append([]string{"HTTP_ADDR=127.0.0.1:0", "DEFAULT_SIZE=320x192", "METADATA=none"}, settings...))
	p.says(`msg="receiving events" platform=playground`)
	p.says(`msg="open the playground in a browser"`)
	return p, "http://" + p.addresses()[0] + "/"
}

// say types a line into the composer, and sends it.
func (t *tab) say(line string) {
	t.tb.Helper()
	t.await(`document.activeElement === ` + composer)
	t.typeIn(line)
	t.press("Escape", "Enter")
}

// begin opens the page.
func (c *chromium) begin(address string) *tab {
	c.tb.Helper()
	t := c.open()
	t.scheme("light")
	t.visit(address)
	t.await(`!document.querySelector("#empty").hidden && document.activeElement === ` + composer)
	return t
}

// quiet checks that nothing threw, and that the page needed nothing that its
// policy forbids.
func (t *tab) quiet() {
	t.tb.Helper()
	if said := t.console(); said != "" {
		t.tb.Errorf("the console says %s", said)
	}
}

func TestThePlaygroundDrawsAndKeepsWhatItDrew(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	folder := t.TempDir()
	p, address := servePlayground(t, folder)
	tab := page.begin(address)
	if said := value[string](tab, `document.querySelector("#empty").innerText`); !strings.Contains(said, "sandbox draws") {
		t.Errorf("somebody new reads %q", said)
	}
	tab.say("/imagine " + fox)
	tab.await(pictures(1))
	// What the sandbox draws of these words is always the same.
	if said, _, code := run(t, folder, []string{"METADATA=none"}, "imagine", fox+" --size 320x192", "-o", "fox.png"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if !bytes.Equal(tab.bytes(lastPicture+".src"), readFile(t, filepath.Join(folder, "fox.png"))) {
		t.Error("the picture is another one than the sandbox drew")
	}
	if alt := value[string](tab, lastPicture+".alt"); alt != fox {
		t.Errorf("who cannot see the picture reads %q", alt)
	}
	tab.click(button("Again"))
	tab.await(pictures(2))
	seen := value[string](tab, `document.querySelector("#messages").innerText`)

	tab.visit(address)
	tab.await(pictures(2))
	if again := value[string](tab, `document.querySelector("#messages").innerText`); again != seen {
		t.Errorf("after a reload people see\n%s\ninstead of\n%s", again, seen)
	}

	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	tab.await(`!document.querySelector("#connection").hidden`)
	// The same address, as a restart has it.
	p = start(t, folder, []string{"HTTP_ADDR=" + strings.Trim(strings.TrimPrefix(address, "http://"), "/"), "DEFAULT_SIZE=320x192", "METADATA=none"})
	p.says(`msg="receiving events" platform=playground`)
	tab.await(`document.querySelector("#connection").hidden`)
	tab.click(button("Again"))
	tab.await(pictures(3))

	// Somebody else has a chat of their own, and gets nothing of this one.
	other := page.begin(address)
	if code := value[int](other, fmt.Sprintf(`fetch(%s).then((answer) => answer.status)`, quoteJS(value[string](tab, lastPicture+".src")))); code != http.StatusNotFound {
		t.Errorf("somebody else's picture is answered with %d", code)
	}
	tab.click(`document.querySelector("#clear")`)
	tab.click(`document.querySelector("#sure .primary")`)
	tab.await(`!document.querySelector("#empty").hidden && !document.querySelector("article")`)
}

// A process that was killed has kept what was said, and not begun with it.
func TestThePlaygroundOffersToSendAgainWhatWasNotTaken(t *testing.T) {
	t.Parallel()
	page, folder := startChromium(t), t.TempDir()
	_, address := servePlayground(t, folder, "DATA_DIR="+folder)
	tab := page.begin(address)
	chat := filepath.Join(folder, "playground", value[string](tab, `fetch("/api/hello").then((answer) => answer.json()).then((said) => said.visitor)`))
	if err := os.Mkdir(chat, 0o700); err != nil {
		t.Fatal(err)
	}
	said := `{"rev":1,"messages":[{"id":"q0123456789abcdef","rev":1,"at":1,"own":true,"open":true,"text":[{"text":"/imagine a fox"}]}]}`
	if err := os.WriteFile(filepath.Join(chat, "chat.json"), []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.visit(address)
	const again = `[...document.querySelectorAll("article.own button")].find((one) => one.innerText === "Send again")`
	tab.await(again)
	tab.click(again)
	tab.await(pictures(1))
	tab.await(`document.querySelectorAll("article.own").length === 1 && !document.querySelector(".sending") && !` + again)
	tab.quiet()
}

func TestThePlaygroundShowsHowARequestIsDoing(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	service := kellytest.New(t)
	_, address := servePlayground(t, t.TempDir(), "KELLY_API_KEY=key-1", "KELLY_API_URL="+service.URL)
	tab := page.begin(address)
	release := service.Hold()
	tab.say("/imagine " + fox)
	tab.await(`document.querySelector("#busy").innerText.includes("Working for 1 s")`)
	tab.await(`document.querySelector("article.status")?.innerText.includes("Drawing: started")`)
	before := value[string](tab, lastAnswer+".innerText")
	tab.await(lastAnswer + ".innerText !== " + quoteJS(before)) // it counts
	release()
	tab.await(pictures(1))
	tab.await(`!document.querySelector("article.status") && document.querySelector("#busy").hidden`)

	service.Always(kellytest.BadKey)
	tab.say("/imagine a fox")
	tab.await(answered("does not accept this bot's key"))
	service.Always(nil)
	// The failure may be read a moment before it is recorded, and is then not over yet.
	again := `[...document.querySelectorAll("button")].find((one) => one.innerText.includes("Retry"))`
	for tries := 0; tries < 50 && !value[bool](tab, pictures(2)); tries++ {
		before := value[int](tab, `document.querySelectorAll("article").length`)
		tab.click(again)
		tab.await(fmt.Sprintf(`document.querySelectorAll("article").length > %d`, before))
		tab.await(pictures(2) + ` || ` + answered("being done already"))
	}
	tab.await(pictures(2))
	tab.quiet()
}

func TestThePlaygroundWorksWithoutAMouse(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir())
	tab := page.begin(address)
	tab.typeIn("/im")
	tab.await(`document.querySelector("[role=option][aria-selected=true]")?.innerText.includes("/imagine")`)
	tab.press("Tab")
	tab.await(composer + `.value === "/imagine "`)
	tab.typeIn("a fox --mo")
	tab.await(`document.querySelector("[role=option]")?.innerText.includes("--model")`)
	tab.press("Enter")
	tab.await(composer + `.value === "/imagine a fox --model "`)
	tab.await(`document.querySelector("[role=option]") && !document.querySelector("[role=option]").innerText.includes("--")`)
	tab.typeIn("Photo")
	tab.await(`document.querySelector("[role=option]")?.innerText.includes("PhotoPerfect")`)
	tab.press("ArrowDown", "Enter")
	tab.await(composer + `.value === "/imagine a fox --model PhotoPerfect "`)
	tab.press("Enter")
	tab.await(pictures(1))

	// From the composer back to the newest picture's buttons.
	tab.await(button("Again"))
	for range 12 {
		tab.press("Shift+Tab")
		if value[bool](tab, `document.activeElement.innerText?.includes("Again") ?? false`) {
			break
		}
	}
	if !value[bool](tab, `document.activeElement.matches(":focus-visible") && document.activeElement.innerText.includes("Again")`) {
		t.Fatal("no way leads back to the buttons by the keyboard")
	}
	tab.press("Enter")
	tab.await(pictures(2))

	// Escape closes what is suggested, and a form.
	tab.do("Runtime.evaluate", map[string]any{"expression": composer + ".focus()"}, nil)
	tab.typeIn("/")
	tab.await(`!document.querySelector("#suggestions").hidden`)
	tab.press("Escape")
	tab.await(`document.querySelector("#suggestions").hidden`)
	tab.do("Runtime.evaluate", map[string]any{"expression": composer + `.value = ""; ` + button("Edit") + ".focus()"}, nil)
	tab.press("Enter")
	tab.await(`document.querySelector("#form").open`)
	tab.press("Escape")
	tab.await(`!document.querySelector("#form").open && !document.querySelector(".message .primary")`)
	tab.quiet()
}

func TestThePlaygroundAsksByAFormAndTakesPictures(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir())
	tab := page.begin(address)
	tab.say("/imagine " + fox)
	tab.await(pictures(1))
	tab.click(button("Edit"))
	tab.await(`document.querySelector("#form").open && document.querySelector(".message .primary")`)
	tab.click(`document.querySelector("#form [data-close]")`)
	tab.await(`!document.querySelector("#form").open && !document.querySelector(".message .primary")`) // nothing is left of what was not wanted
	tab.click(button("Edit"))
	tab.await(`document.querySelector("#form").open && document.activeElement.value === ` + quoteJS(fox))
	tab.do("Runtime.evaluate", map[string]any{"expression": `document.activeElement.select()`}, nil)
	tab.typeIn("a blue fox")
	tab.click(`document.querySelector("#form .primary")`)
	tab.await(`!document.querySelector("#form").open && ` + pictures(2))
	tab.await(answered("a blue fox"))

	file := filepath.Join(t.TempDir(), "mine.png")
	if err := os.WriteFile(file, kellytest.Picture("mine", "PhotoPerfect", 128, 128), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.attach(`document.querySelector("#file")`, file)
	tab.await(`!document.querySelector("#attached").hidden`)
	tab.say("/upscale")
	tab.await(pictures(4)) // what was sent, and what came of it
	if err := os.WriteFile(file, []byte("<svg></svg>"), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.attach(`document.querySelector("#file")`, file)
	tab.await(`!document.querySelector("#attached").hidden`)
	tab.say("/upscale")
	tab.await(`document.querySelector("article.own.failed")?.innerText.includes("That is no picture that I can work on")`)
}

func TestThePlaygroundShowsWhatStrangersWroteAsText(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir())
	tab := page.begin(address)
	const prompt = `<img src=x onerror=alert(1)><script>alert(2)</script> **x** [a](javascript:alert(3)) "'&amp;`
	tab.say("/imagine " + prompt)
	tab.await(pictures(1))
	tab.await(answered(prompt))
	if made := value[int](tab, `document.querySelectorAll(".bubble script, .bubble [onerror], .text img, .text a").length`); made != 0 {
		t.Errorf("of the prompt %d elements were made", made)
	}
	tab.quiet()
}

func TestThePlaygroundFitsAPhone(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir())
	tab := page.begin(address)
	for _, width := range []int{320, 390, 1400} {
		tab.window(width, 700)
		tab.say("/imagine " + strings.Repeat("averylongword", 30) + " --size 1024x256")
		tab.await(`!document.querySelector("#busy").checkVisibility() && ` + lastPicture + `?.complete`)
		tab.typeIn("/")
		tab.await(`!document.querySelector("#suggestions").hidden`)
		const beyond = `[...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && !one.closest(".unseen, .icon") &&
			one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 80))`
		if all := value[[]string](tab, beyond); len(all) > 0 || value[bool](tab, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("at %d pixels these stick out: %q", width, all)
		}
		tab.press("Escape")
		tab.do("Runtime.evaluate", map[string]any{"expression": composer + `.value = ""`}, nil)
	}
}

// atEnd is true when the end of the chat is in view.
const atEnd = `((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2)(document.querySelector("#log"))`

func TestThePlaygroundKeepsTheNewestInView(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir(), "DEFAULT_SIZE=640x640")
	tab := page.begin(address)
	for n := range 4 {
		tab.say("/imagine " + fox)
		tab.await(pictures(n + 1))
		tab.await(atEnd + ` && document.querySelector("#newer").hidden`)
	}
	if page := value[int](tab, `document.documentElement.scrollHeight - innerHeight`); page > 0 {
		t.Errorf("the page goes on for %d pixels below its end", page)
	}
	tab.window(390, 500)
	tab.await(atEnd)

	// Whoever reads what was said before is told of what is new, and stays.
	value[bool](tab, `new Promise((done) => {
		const log = document.querySelector("#log");
		log.addEventListener("scroll", () => done(true), { once: true });
		log.scrollTop = 0;
	})`)
	tab.do("Runtime.evaluate", map[string]any{"expression": button("Edit") + ".click()"}, nil)
	tab.await(`document.querySelector("#form").open`)
	tab.press("Escape")
	tab.await(`!document.querySelector("#form").open && !document.querySelector(".message .primary") && document.querySelector("#newer").hidden`)
	tab.do("Runtime.evaluate", map[string]any{"expression": button("Again") + ".click()"}, nil)
	tab.await(pictures(5) + ` && !document.querySelector("#newer").hidden`)
	if at := value[int](tab, `document.querySelector("#log").scrollTop`); at != 0 {
		t.Errorf("who reads the first message is taken %d pixels down", at)
	}
	tab.click(`document.querySelector("#newer")`)
	tab.await(atEnd + ` && document.querySelector("#newer").hidden`)
}

func TestThePlaygroundLetsNobodyInWithoutItsPassword(t *testing.T) {
	t.Parallel()
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir(), "PLAYGROUND_PASSWORD=open, sesame")
	tab := page.open()
	tab.visit(address)
	tab.await(`location.pathname === "/login" && document.activeElement.id === "password"`)
	tab.typeIn("close, sesame")
	tab.press("Enter")
	tab.await(`document.querySelector("#fault")?.innerText.includes("not the password") && document.activeElement.id === "password"`)
	tab.typeIn("open, sesame")
	tab.press("Enter")
	tab.await(`location.pathname === "/" && !document.querySelector("#empty").hidden`)
	tab.say("/imagine " + fox)
	tab.await(pictures(1))
	tab.click(`document.querySelector("#logout button")`)
	tab.await(`location.pathname === "/login"`)
	tab.visit(address)
	tab.await(`location.pathname === "/login" && document.activeElement.id === "password"`)
	for range 5 {
		tab.typeIn("close, sesame")
		tab.press("Enter")
		tab.await(`document.querySelector("#fault") && document.activeElement.id === "password" && document.activeElement.value === ""`)
	}
	tab.await(`document.querySelector("#fault").innerText.includes("too many attempts: please wait")`)
}

// axe is where axe-core is, which finds what keeps people out.
const axe = "KELLYBOT_AXE"

func TestThePlaygroundKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	if os.Getenv(axe) == "" {
		t.Skip("there is no axe-core: set " + axe + " to its axe.min.js")
	}
	page := startChromium(t)
	rules := string(readFile(t, os.Getenv(axe)))
	check := func(t *testing.T, tab *tab) {
		t.Helper()
		if err := tab.eval(rules+"; null", nil); err != nil {
			t.Fatal(err)
		}
		for _, violation := range value[[]string](tab, `axe.run().then((found) => found.violations.map((one) =>
			one.id + ": " + one.help + ": " + one.nodes.map((node) => node.html + " " + node.failureSummary).join("; ")))`) {
			t.Error(violation)
		}
	}
	_, address := servePlayground(t, t.TempDir())
	_, closed := servePlayground(t, t.TempDir(), "PLAYGROUND_PASSWORD=open, sesame")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1000, 340} {
			t.Run(fmt.Sprintf("%s, %d pixels", scheme, width), func(t *testing.T) {
				tab := page.begin(address)
				tab.scheme(scheme)
				tab.window(width, 760)
				check(t, tab) // nobody has said anything yet
				tab.say("/imagine " + fox + " --size 1x1")
				tab.await(`document.querySelector("article.failed")`)
				tab.say("/help")
				tab.await(answered("/imagine"))
				tab.say("/imagine " + fox)
				tab.await(pictures(1))
				check(t, tab)
				tab.typeIn("/")
				tab.await(`!document.querySelector("#suggestions").hidden`)
				check(t, tab)
				tab.press("Escape")
				tab.click(button("Edit"))
				tab.await(`document.querySelector("#form").open`)
				check(t, tab)

				tab.visit(closed)
				tab.await(`document.activeElement.id === "password"`)
				tab.typeIn("close, sesame")
				tab.press("Enter")
				tab.await(`document.querySelector("#fault")`)
				check(t, tab)
			})
		}
	}
}

// TestThePlaygroundLooksLikeItsPicture makes docs/playground.png with -update.
func TestThePlaygroundLooksLikeItsPicture(t *testing.T) {
	t.Parallel()
	const file = "docs/playground.png"
	page := startChromium(t)
	_, address := servePlayground(t, t.TempDir(), "DEFAULT_SIZE=640x384")
	tab := page.begin(address)
	tab.window(960, 800)
	tab.say("/imagine " + fox)
	tab.await(pictures(1))
	tab.typeIn("/")
	tab.await(`!document.querySelector("#suggestions").hidden`)
	tab.press("Escape")
	tab.do("Runtime.evaluate", map[string]any{"expression": composer + `.value = ""`}, nil)
	shot := tab.screenshot()
	if *update {
		if err := os.WriteFile(file, shot, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := png.DecodeConfig(bytes.NewReader(readFile(t, file)))
	if err != nil || picture.Width != 960 || picture.Height != 800 {
		t.Errorf("%s is %dx%d, %v", file, picture.Width, picture.Height, err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() > 300_000 {
		t.Errorf("%s takes %d bytes, %v", file, info.Size(), err)
	}
}
