//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// A guest is somebody at the playground, without a browser.
type guest struct {
	t       *testing.T
	address string
	client  *http.Client
	id      string
	token   string
	asked   int
}

func (g *guest) get(path string) *http.Response {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	g.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.address+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.do(req)
}

func (g *guest) do(req *http.Request) *http.Response {
	g.t.Helper()
	resp, err := g.client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(resp.Body)
		g.t.Fatalf("%s: %s %s", req.URL.Path, resp.Status, said)
	}
	return resp
}

// visit opens the page at the address.
func (g *guest) visit(t *testing.T, address string) *guest {
	t.Helper()
	if g.client == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		g.client = &http.Client{Jar: jar}
	}
	g.t, g.address = t, address
	g.get("")
	var hello struct{ Visitor, Token string }
	if err := json.NewDecoder(g.get("api/hello").Body).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	g.id, g.token = hello.Visitor, hello.Token
	return g
}

// hears says a line and returns the bot's answer, once it is no status, with
// "(picture)" where it has one.
func (g *guest) hears(line string) string {
	g.t.Helper()
	g.asked++
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"event": fmt.Sprintf("%026x", g.asked), "text": line} {
		if err := form.WriteField(name, value); err != nil {
			g.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.address+"api/say", &body)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("X-Csrf-Token", g.token)
	g.do(req)
	told := bufio.NewReader(g.get("api/events").Body)
	answer, after := "", false
	for {
		text, err := told.ReadString('\n')
		if err != nil {
			g.t.Fatalf("%q is not answered: %v", line, err)
		}
		data, ok := strings.CutPrefix(text, "data: ")
		if !ok {
			continue
		}
		var changed struct {
			Messages []struct {
				Own, Status bool
				Text        []struct{ Text string }
				Images      []struct{}
			}
		}
		if err := json.Unmarshal([]byte(data), &changed); err != nil {
			g.t.Fatal(err)
		}
		for _, m := range changed.Messages {
			said := ""
			for _, span := range m.Text {
				said += span.Text
			}
			switch {
			case m.Own:
				answer, after = "", said == line
			case !m.Status && after:
				answer = said + strings.Repeat(" (picture)", len(m.Images))
			}
		}
		if answer != "" {
			return answer
		}
	}
}

// The same on the other platforms is told by the scenarios of their names.
func TestThePlaygroundDrawsForNobodyWhomItMayNot(t *testing.T) {
	const banned = "You may not use this bot any more"
	folder := t.TempDir()
	words := filepath.Join(folder, "words")
	if err := os.WriteFile(words, []byte("red foxes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	anna, boris := new(guest), new(guest)
	p, address := servePlayground(t, folder)
	anna.visit(t, address)
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	p, address = servePlayground(t, folder, "ADMINS=playground:"+anna.id, "BLOCK_WORDS="+words, "USER_DAILY_LIMIT=1")
	anna.visit(t, address)
	boris.visit(t, address)
	for _, c := range []struct {
		name, line, want string
		who              *guest
	}{
		{"blocked by a word", "/imagine red foxes", "red foxes may not be asked for here", boris},
		{"within the quota", "/imagine a fox", "(picture)", boris},
		{"over quota", "/imagine a fox", "You have asked for all of today's 1 picture", boris},
		{"not theirs to ban", "/ban 1", "There is no command /ban", boris},
		{"by an admin", "/ban " + boris.id, "is banned", anna},
		{"banned", "/imagine a fox", banned, boris},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.who.t = t
			if got := c.who.hears(c.line); !strings.Contains(got, c.want) || strings.Contains(got, "(picture)") != (c.want == "(picture)") {
				t.Errorf("%s hears %q, want %q", c.line, got, c.want)
			}
		})
	}
	// Whoever sets ADMINS looks for ids here.
	p.says(fmt.Sprintf(`msg="a request is over" platform=playground job=playground:%s:%026x user=%[1]s `, boris.id, 2))
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	t.Run("without permission", func(t *testing.T) {
		p, address := servePlayground(t, folder, "ALLOW_USERS=playground:1")
		if got := anna.visit(t, address).hears("/imagine a fox"); !strings.Contains(got, "This bot is not open to you") {
			t.Errorf("a stranger hears %q", got)
		}
		p.signal(syscall.SIGTERM)
		p.endsWith(0)
	})
}

func TestAReportReachesAnAdminOnThePlayground(t *testing.T) {
	folder := t.TempDir()
	anna, boris := new(guest), new(guest)
	p, address := servePlayground(t, folder)
	anna.visit(t, address)
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	p, address = servePlayground(t, folder, "ADMINS=playground:"+anna.id)
	boris.visit(t, address)
	report := "/report --id " + regexp.MustCompile(`\b[0-9a-z]{13}\b`).FindString(boris.hears("/imagine a fox --size 64x64"))
	if got := boris.hears(report); !strings.Contains(got, "Your report reached nobody") {
		t.Errorf("while the admin has no chat, the reporter hears %q", got)
	}
	anna.visit(t, address).hears("/help")
	if got := boris.hears(report); !strings.Contains(got, "Thank you") {
		t.Errorf("the reporter hears %q", got)
	}
	told := bufio.NewScanner(anna.get("api/events").Body)
	told.Buffer(nil, 1<<20)
	for !strings.Contains(told.Text(), "A picture was reported") {
		if !told.Scan() {
			t.Fatalf("the admin is not told: %v", told.Err())
		}
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
}
