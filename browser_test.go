//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// A chromium is a browser without a window, driven by its DevTools protocol:
// https://chromedevtools.github.io/devtools-protocol/. The few calls that tests
// make need no library, whose generated types take longer to compile than all
// of these tests to run.
type chromium struct {
	tb   testing.TB
	conn *websocket.Conn

	mu      sync.Mutex
	calls   int
	waiting map[int]chan reply
	tabs    map[string]*tab // by session
	ended   chan struct{}   // closed when nothing more comes
}

type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// startChromium starts a browser that ends with the test, which is skipped
// where there is none.
func startChromium(tb testing.TB) *chromium {
	tb.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("there is no chromium: apt-get install chromium")
	}
	args := []string{
		"--headless=new", "--remote-debugging-port=0", "--user-data-dir=" + tb.TempDir(), "--no-first-run", "--no-default-browser-check",
		"--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
		"--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-US", "about:blank",
	}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // which root cannot have
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	c := &chromium{tb: tb, waiting: map[int]chan reply{}, tabs: map[string]*tab{}, ended: make(chan struct{})}
	lines, address := bufio.NewScanner(stderr), ""
	for address == "" && lines.Scan() {
		_, address, _ = strings.Cut(lines.Text(), "DevTools listening on ")
	}
	if address == "" {
		tb.Fatal("chromium says no address")
	}
	c.conn, _, err = websocket.DefaultDialer.DialContext(tb.Context(), address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines.Scan() { // or it would wait for a reader
		}
	})
	reading.Go(c.read)
	tb.Cleanup(func() {
		_ = c.conn.Close()
		cancel()
		reading.Wait()
	})
	return c
}

// read takes answers and events until the connection ends.
func (c *chromium) read() {
	defer close(c.ended)
	for {
		var m struct {
			ID        int
			SessionID string
			Method    string
			Params    json.RawMessage
			reply
		}
		if c.conn.ReadJSON(&m) != nil {
			return
		}
		c.mu.Lock()
		switch waiting, tab := c.waiting[m.ID], c.tabs[m.SessionID]; {
		case waiting != nil:
			delete(c.waiting, m.ID)
			waiting <- m.reply
		case tab != nil && (m.Method == "Runtime.exceptionThrown" || m.Method == "Log.entryAdded" && !bytes.Contains(m.Params, []byte(`"level":"verbose"`))):
			tab.complaints = append(tab.complaints, string(m.Params))
		}
		c.mu.Unlock()
	}
}

// try makes a call, and returns its result into into unless that is nil.
func (c *chromium) try(session, method string, params, into any) error {
	ctx, cancel := context.WithTimeout(c.tb.Context(), patience)
	defer cancel()
	answered := make(chan reply, 1)
	c.mu.Lock()
	c.calls++
	id := c.calls
	c.waiting[id] = answered
	call := map[string]any{"id": id, "method": method, "params": params}
	if session != "" {
		call["sessionId"] = session
	}
	err := c.conn.WriteJSON(call)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case got := <-answered:
		if got.Error != nil {
			return fmt.Errorf("%s: %s", method, got.Error.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(got.Result, into)
	case <-c.ended:
		return fmt.Errorf("%s: chromium has ended", method)
	case <-ctx.Done():
		return fmt.Errorf("%s: no answer", method)
	}
}

// A tab is a page in a browser of somebody's own.
type tab struct {
	*chromium
	session    string
	complaints []string // of the console: what threw, and what the policy forbade
}

// open opens a tab with cookies of its own.
func (c *chromium) open() *tab {
	c.tb.Helper()
	var context struct{ BrowserContextID string }
	var target struct{ TargetID string }
	var attached struct{ SessionID string }
	for _, err := range []error{
		c.try("", "Target.createBrowserContext", map[string]any{}, &context),
		c.try("", "Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": context.BrowserContextID}, &target),
		c.try("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached),
	} {
		if err != nil {
			c.tb.Fatal(err)
		}
	}
	t := &tab{chromium: c, session: attached.SessionID}
	c.mu.Lock()
	c.tabs[t.session] = t
	c.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		t.do(domain+".enable", map[string]any{}, nil)
	}
	t.window(1000, 760)
	return t
}

func (t *tab) do(method string, params, into any) {
	t.tb.Helper()
	if err := t.try(t.session, method, params, into); err != nil {
		t.tb.Fatal(err)
	}
}

// visit goes to an address.
func (t *tab) visit(address string) {
	t.tb.Helper()
	t.do("Page.navigate", map[string]any{"url": address}, nil)
}

// window sets the window's size, in pixels.
func (t *tab) window(width, height int) {
	t.tb.Helper()
	t.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// scheme sets what people prefer: light or dark.
func (t *tab) scheme(name string) {
	t.tb.Helper()
	t.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": name}, {"name": "prefers-reduced-motion", "value": "reduce"},
	}}, nil)
}

// eval returns what a script comes to, or what it throws as an error.
func (t *tab) eval(script string, into any) error {
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := t.try(t.session, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &got)
	switch {
	case err != nil:
		return err
	case got.ExceptionDetails != nil:
		return fmt.Errorf("%s %s", got.ExceptionDetails.Text, got.ExceptionDetails.Exception.Description)
	case into == nil:
		return nil
	}
	return json.Unmarshal(got.Result.Value, into)
}

// value is eval of what must work.
func value[T any](t *tab, script string) (got T) {
	t.tb.Helper()
	if err := t.eval(script, &got); err != nil {
		t.tb.Fatalf("%s: %v", script, err)
	}
	return got
}

// await waits until a script comes to something true.
func (t *tab) await(condition string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.tb.Context(), patience)
	defer cancel()
	script := fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + 2000;
		const look = () => { let is = false; try { is = (%s); } catch {} if (is || Date.now() > end) done(!!is); else setTimeout(look, 20); };
		look();
	})`, condition)
	for ctx.Err() == nil {
		is := false
		// While the page changes, its scripts end in errors.
		if t.eval(script, &is) == nil && is {
			return
		}
	}
	seen := ""
	_ = t.eval("document.body.innerText", &seen)
	t.tb.Fatalf("waited in vain for %s; the page says:\n%s\nits console: %s", condition, seen, t.console())
}

func (t *tab) console() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.complaints, "\n")
}

// typeIn types a text where the focus is.
func (t *tab) typeIn(text string) {
	t.tb.Helper()
	t.do("Input.insertText", map[string]any{"text": text}, nil)
}

// press presses keys, such as "Enter", "ArrowDown" or "Shift+Tab".
func (t *tab) press(keys ...string) {
	t.tb.Helper()
	codes := map[string]int{"Enter": 13, "Tab": 9, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "Space": 32}
	for _, key := range keys {
		modifiers := 0
		if rest, ok := strings.CutPrefix(key, "Shift+"); ok {
			key, modifiers = rest, 8
		}
		event := map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}
		if text := map[string]string{"Enter": "\r", "Space": " "}[key]; text != "" {
			event["text"] = text
		}
		if key == "Space" {
			event["key"] = " "
		}
		t.do("Input.dispatchKeyEvent", event, nil)
		t.do("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": event["key"], "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}, nil)
	}
}

// click clicks with the mouse on what a script comes to.
func (t *tab) click(target string) {
	t.tb.Helper()
	t.await(target)
	at := value[struct{ X, Y float64 }](t, fmt.Sprintf(`(() => {
		const it = %s;
		it.scrollIntoView({ block: "center", behavior: "instant" });
		const box = it.getBoundingClientRect();
		return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
	})()`, target))
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		t.do("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
	}
}

// attach chooses a file in a file input.
func (t *tab) attach(input, path string) {
	t.tb.Helper()
	var got struct{ Result struct{ ObjectID string } }
	t.do("Runtime.evaluate", map[string]any{"expression": input}, &got)
	t.do("DOM.setFileInputFiles", map[string]any{"files": []string{path}, "objectId": got.Result.ObjectID}, nil)
}

// bytes are what an address of the page's own answers with.
func (t *tab) bytes(address string) []byte {
	t.tb.Helper()
	encoded := value[string](t, fmt.Sprintf(`(async () => {
		const bytes = new Uint8Array(await (await fetch(%s)).arrayBuffer());
		return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
	})()`, address))
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.tb.Fatal(err)
	}
	return data
}

// screenshot is what the window shows, as PNG.
func (t *tab) screenshot() []byte {
	t.tb.Helper()
	var got struct{ Data []byte }
	t.do("Page.captureScreenshot", map[string]any{"format": "png"}, &got)
	return got.Data
}
