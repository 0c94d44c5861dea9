package playground

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestOnlyABrowserOnThisMachineGetsThePageWithoutAPassword(t *testing.T) {
	v := begin(t, "")
	for header, want := range map[string]int{
		"Accept: */*":                  200,
		"Host: localhost:8080":         200,
		"Host: LOCALHOST":              200,
		"Host: [::1]:9":                200,
		"Host: 127.0.0.1":              200,
		"Host: example.com":            403, // whose name was made to lead here
		"Host: localhost.example.com":  403,
		"Host: 127.0.0.1.nip.io:8080":  403,
		"Host: 0.0.0.0":                403,
		"Forwarded: for=192.0.2.1":     403,
		"X-Forwarded-For: 127.0.0.1":   403,
		"X-Forwarded-Proto: https":     403,
		"X-Real-IP: 127.0.0.1":         403,
		"Via: 1.1 proxy":               403,
		"CF-Connecting-IP: 127.0.0.1":  403,
		"True-Client-IP: 127.0.0.1":    403,
		"Sec-Fetch-Site: same-origin":  200,
		"X-Forwarded-Host: localhost":  403,
		"Fly-Client-IP: 127.0.0.1":     403,
		"X-Original-Host: localhost":   403,
		"X-Cluster-Client-IP: 1.1.1.1": 403,
		"Host: 127.0.0.2:8080":         200,
		"Origin: http://localhost:80":  200,
		"Origin: http://[::1]:8080":    200,
		"Origin: https://example.com":  403, // whose proxy names itself nowhere
		"Origin: null":                 403,
	} {
		for _, path := range []string{"/", "/page/app.js"} {
			if resp, _ := v.ask("GET", path, nil, header); resp.StatusCode != want {
				t.Errorf("with %q %s is answered with %d, want %d", header, path, resp.StatusCode, want)
			}
		}
	}
	old := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
	old.RemoteAddr, old.Proto, old.ProtoMajor, old.ProtoMinor = "127.0.0.1:1", "HTTP/1.0", 1, 0
	w := httptest.NewRecorder()
	if v.adapter.ServeHTTP(w, old); w.Code != http.StatusForbidden {
		t.Errorf("a proxy's HTTP/1.0 is answered with %d", w.Code)
	}
}

func TestEverythingComesWithAStrictPolicyAndIsKeptNowhere(t *testing.T) {
	v := begin(t, "open, sesame")
	for _, path := range []string{"/", "/login", "/page/app.js", "/api/hello", "/files/x/y", "/nowhere"} {
		resp, _ := v.ask("GET", path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s comes with %s: %q", path, name, got)
			}
		}
	}
}

func TestWhatIsNotOfThePageItselfDoesNothing(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"the page", []string{token}, 200},
		{"the page, with its origin", []string{token, "Origin: " + v.server.URL}, 200},
		{"no token", nil, 403},
		{"another's token", []string{csrfHeader + ": " + v.adapter.cookies.token("7")}, 403},
		{"another site", []string{token, "Origin: https://example.com"}, 403},
		{"another program on this machine", []string{token, "Origin: http://127.0.0.1:1"}, 403},
		{"a browser that says so", []string{token, "Sec-Fetch-Site: cross-site"}, 403},
	} {
		for _, path := range []string{"/api/say", "/api/press", "/api/fill", "/api/dismiss", "/api/clear"} {
			body, kind := spoken("event", event, "text", "hello")
			want := c.want
			if path != "/api/clear" && path != "/api/say" && want == 200 {
				want = 400 // for the body is none of theirs
			}
			if resp, said := v.ask("POST", path, body, append(c.headers, kind)...); resp.StatusCode != want {
				t.Errorf("%s: %s is answered with %d, want %d: %s", c.name, path, resp.StatusCode, want, said)
			}
		}
	}
	v.client = v.another()
	if resp, _ := v.ask("POST", "/api/clear", nil, token); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody is answered with %d", resp.StatusCode)
	}
}

func TestACookieIsForThePageAloneAndOnlyItsOwnIsTaken(t *testing.T) {
	v := begin(t, "open, sesame")
	for host, secure := range map[string]bool{"localhost": false, "example.com": true} {
		resp, _ := v.ask("GET", "/login", nil, "Host: "+host)
		cookie := resp.Cookies()[0]
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure != secure || cookie.Path != "/" {
			t.Errorf("on %s the cookie is %+v", host, cookie)
		}
	}
	own := v.adapter.cookies.value("12345")
	for _, value := range []string{"", "12345", "12345.", "12346" + strings.TrimPrefix(own, "12345"), own + "x", "../12345" + own[5:], "0" + own} {
		if id := v.adapter.cookies.id(value); id != "" {
			t.Errorf("with the cookie %q somebody is %s", value, id)
		}
	}
	if id := v.adapter.cookies.id(own); id != "12345" {
		t.Errorf("their own makes somebody %q", id)
	}
}

func TestRequestsThatAreTooManyOrTooLargeAreRefused(t *testing.T) {
	v := begin(t, "")
	token := v.token()
	for _, c := range []struct {
		name   string
		fields []string
		want   int
	}{
		{"a text", []string{"event", event, "text", "hello"}, 200},
		{"no event", []string{"text", "hello"}, 400},
		{"an event of another shape", []string{"event", "../../../../etc", "text", "hello"}, 400},
		{"a picture before its event", []string{"picture", "\x89PNG\r\n\x1a\n", "event", event}, 400},
		{"nothing said", []string{"event", event, "text", " \n"}, 400},
		{"a text that is too long", []string{"event", event, "text", strings.Repeat("x", maxTyped+1)}, 400},
		{"a text that is none", []string{"event", event, "text", "\xff"}, 400},
		{"no picture", []string{"event", event, "text", "/edit", "picture", "<svg></svg>"}, 422},
		{"a picture that is too large", []string{"event", event, "picture", "\x89PNG\r\n\x1a\n" + strings.Repeat("x", maxUpload)}, 422},
		{"more than a body holds", []string{"event", event, "picture", "\x89PNG\r\n\x1a\n", "x", strings.Repeat("x", maxUpload+maxBody)}, 400},
	} {
		body, kind := spoken(c.fields...)
		if resp, said := v.ask("POST", "/api/say", body, token, kind); resp.StatusCode != c.want || c.want != 200 && !strings.Contains(said, `"error":`) {
			t.Errorf("%s is answered with %d, want %d: %s", c.name, resp.StatusCode, c.want, said)
		}
	}
	if files := v.left(); files != 0 {
		t.Errorf("of what was refused %d files are left", files)
	}
	for n := range 2 * postBurst {
		resp, _ := v.ask("POST", "/api/press", strings.NewReader("{}"), token)
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "" {
			return
		}
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("request %d is answered with %d", n, resp.StatusCode)
		}
	}
	t.Error("nothing is too much")
}

func TestPeopleStayOutsideUntilTheyKnowThePassword(t *testing.T) {
	v := begin(t, "open, sesame")
	login := func(password string) *http.Response {
		resp, said := v.ask("POST", "/login", strings.NewReader("token="+v.adapter.cookies.token(v.id())+"&password="+password),
			"Content-Type: application/x-www-form-urlencoded")
		if strings.Contains(said, "sesame") {
			t.Errorf("the page repeats what was typed: %s", said)
		}
		return resp
	}
	if resp := login("open,+sesame"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("without a cookie the password is answered with %d", resp.StatusCode)
	}
	if resp, _ := v.ask("GET", "/", nil); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/login" {
		t.Errorf("outside the page is answered with %d", resp.StatusCode)
	}
	v.ask("GET", "/login", nil)
	if resp := login("close"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a wrong password is answered with %d", resp.StatusCode)
	}
	if resp, _ := v.ask("GET", "/api/hello", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("outside the API answers with %d", resp.StatusCode)
	}
	if resp := login("open,+sesame"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
		t.Fatalf("the password is answered with %d", resp.StatusCode)
	}
	who := v.id()
	token := v.token()
	if v.id() != who {
		t.Error("who signs in becomes somebody else")
	}
	resp, _ := v.ask("POST", "/logout", strings.NewReader("token="+strings.TrimPrefix(token, csrfHeader+": ")), "Content-Type: application/x-www-form-urlencoded")
	if resp.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out is answered with %d", resp.StatusCode)
	}
	if resp, _ := v.ask("GET", "/api/hello", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after signing out the API answers with %d", resp.StatusCode)
	}
	for range tryBurst {
		login("close")
	}
	if resp := login("open,+sesame"); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("after too many attempts the password is answered with %d", resp.StatusCode)
	}
}

// signIn opens the page with the password.
func (v *visit) signIn(password string) *http.Response {
	v.t.Helper()
	v.ask("GET", "/login", nil)
	form := url.Values{"token": {v.adapter.cookies.token(v.id())}, "password": {password}}
	resp, _ := v.ask("POST", "/login", strings.NewReader(form.Encode()), "Content-Type: application/x-www-form-urlencoded")
	return resp
}

// signOut leaves it.
func (v *visit) signOut() {
	v.t.Helper()
	form := url.Values{"token": {v.adapter.cookies.token(v.id())}}
	if resp, said := v.ask("POST", "/logout", strings.NewReader(form.Encode()), "Content-Type: application/x-www-form-urlencoded"); resp.StatusCode != http.StatusSeeOther {
		v.t.Errorf("signing out is answered with %d: %s", resp.StatusCode, said)
	}
}

// cookies are the browser's, as a header.
func (v *visit) cookies() string {
	address, _ := url.Parse(v.server.URL)
	var all []string
	for _, cookie := range v.client.Jar.Cookies(address) {
		all = append(all, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(all, "; ")
}

// later is how a later process with that password answers the cookies, and
// whom it takes them for.
func (v *visit) later(password, cookies string) (code int, visitor string) {
	v.t.Helper()
	a, err := New(Config{Dir: v.adapter.store.root.Name(), Password: password, Router: v.router, Log: discard})
	if err != nil {
		v.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost/api/hello", nil)
	r.Header.Set("Cookie", cookies)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	var said struct{ Visitor string }
	_ = json.Unmarshal(w.Body.Bytes(), &said) // or it says nobody
	return w.Code, said.Visitor
}

func TestAStrangerBehindTheSameProxyLocksNobodyOut(t *testing.T) {
	v := begin(t, "open, sesame")
	login := func(password, from string) int {
		v.client = v.another()
		v.ask("GET", "/login", nil)
		resp, _ := v.ask("POST", "/login", strings.NewReader("token="+v.adapter.cookies.token(v.id())+"&password="+password),
			"Content-Type: application/x-www-form-urlencoded", "X-Forwarded-For: "+from)
		return resp.StatusCode
	}
	for n := range tryBurst { // who writes what the proxy finds there already
		login("close", fmt.Sprintf("198.51.100.%d, 192.0.2.1", n))
	}
	if code := login("open,+sesame", "198.51.100.9, 192.0.2.1"); code != http.StatusTooManyRequests {
		t.Errorf("after too many attempts the stranger is answered with %d", code)
	}
	if code := login("open,+sesame", "192.0.2.2"); code != http.StatusSeeOther {
		t.Errorf("somebody else is answered with %d", code)
	}
	for from, want := range map[string]string{
		"10.0.0.1:1":    "192.0.2.1",   // a proxy in the container's network
		"203.0.113.1:1": "203.0.113.1", // nobody's proxy
	} {
		r := httptest.NewRequest(http.MethodPost, "/login", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		if got := origin(r); got != want {
			t.Errorf("of %s it counts by %s", from, got)
		}
	}
}

func TestASessionOutlivesTheProcessAndEndsWithThePassword(t *testing.T) {
	v := begin(t, "open, sesame")
	v.signIn("open, sesame")
	cookies, who := v.cookies(), v.id()
	if code, visitor := v.later("open, sesame", cookies); code != http.StatusOK || visitor != who {
		t.Errorf("after a restart it is answered with %d, to %q", code, visitor)
	}
	if code, _ := v.later("close, sesame", cookies); code != http.StatusUnauthorized {
		t.Errorf("with another password it is answered with %d", code)
	}
	v.signOut()
	if code, _ := v.later("open, sesame", cookies); code != http.StatusUnauthorized {
		t.Errorf("what was left is answered with %d after a restart", code)
	}
	old := v.adapter.door.session(who, time.Now().Add(-sessionTime))
	if code, _ := v.later("open, sesame", sessionName+"="+old); code != http.StatusUnauthorized {
		t.Errorf("what has ended is answered with %d", code)
	}
}

// Or else whoever drops a cookie has the limits of somebody new.
func TestASessionIsOfOneVisitorWhateverOtherCookiesSay(t *testing.T) {
	v := begin(t, "open, sesame")
	v.signIn("open, sesame")
	who, session := v.id(), v.cookies()
	_, session, _ = strings.Cut(session[strings.Index(session, sessionName):], "=")
	session, _, _ = strings.Cut(session, ";")
	for _, others := range []string{"", "; " + v.adapter.Cookie("7")} {
		if code, visitor := v.later("open, sesame", sessionName+"="+session+others); code != http.StatusOK || visitor != who {
			t.Errorf("with %q it is answered with %d, to %q", others, code, visitor)
		}
	}
	forged := "7" + strings.TrimPrefix(session, who)
	if code, _ := v.later("open, sesame", sessionName+"="+forged); code != http.StatusUnauthorized {
		t.Errorf("another's name is answered with %d", code)
	}
	v.signOut()
	v.signIn("open, sesame")
	if v.id() != who {
		t.Error("who signs in again is somebody else")
	}
}

func TestTheRightPasswordIsNoAttempt(t *testing.T) {
	v := begin(t, "open, sesame")
	for n := range 2 * tryBurst {
		v.client = v.another()
		if resp := v.signIn("open, sesame"); resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("number %d is answered with %d", n, resp.StatusCode)
		}
	}
	now := time.Now()
	for range 2 * allTryBurst {
		v.adapter.door.open("close", "192.0.2.1:1", now)
	}
	if right, wait := v.adapter.door.open("open, sesame", "192.0.2.2:1", now); !right || wait != 0 {
		t.Errorf("one who tries too often keeps another out for %v", wait)
	}
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	v := begin(t, "open, sesame")
	v.signIn("open, sesame")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.server.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	told := bufio.NewReader(resp.Body)
	for line := ""; line != "\n"; {
		if line, err = told.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	to := address{Chat: v.id(), Event: event}
	v.signOut()
	if _, err := v.adapter.Deliver(t.Context(), to.stored(), commandsReply("a.txt", "text/plain", "a")); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(told); err != nil || len(rest) != 0 {
		t.Errorf("outside is told %s, %v", rest, err)
	}
}

func TestAFileOfAMessageIsShownOnlyAsAPictureIs(t *testing.T) {
	v := begin(t, "")
	v.token()
	to := address{Chat: v.id(), Event: event}
	_, err := v.adapter.Deliver(t.Context(), to.stored(), commandsReply("page.html", "text/html", "<script>alert(1)</script>"))
	if err != nil {
		t.Fatal(err)
	}
	f := v.chat().Messages[0].Files[0]
	path := fmt.Sprintf("/files/%s/%s", f.ID, f.Name)
	resp, said := v.ask("GET", path, nil)
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename=page.html` || said != "<script>alert(1)</script>" {
		t.Errorf("it comes as %q: %s", got, said)
	}
	known := "If-None-Match: " + resp.Header.Get("ETag")
	if resp, _ := v.ask("GET", path, nil, known); resp.StatusCode != http.StatusNotModified || resp.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("to who has it, it comes with %d, to be kept as %q", resp.StatusCode, resp.Header.Get("Cache-Control"))
	}
	v.client = v.another()
	v.token()
	if resp, _ := v.ask("GET", path, nil, known); resp.StatusCode != http.StatusNotFound {
		t.Errorf("to somebody else it comes with %d", resp.StatusCode)
	}
}
