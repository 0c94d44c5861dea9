package kellytest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"kellybot/kelly/kellytest"
)

// ask sends a proper request for a fox of 64x64.
func ask(t testing.TB, s *kellytest.Server) (*http.Response, error) {
	t.Helper()
	const body = `{"prompt":"a fox","model":"PhotoPerfect","width":64,"height":64,"responseType":"base64data"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"image/generate", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err == nil {
		t.Cleanup(func() { resp.Body.Close() })
	}
	return resp, err
}

var fox = kellytest.Picture("a fox", "PhotoPerfect", 64, 64)

// pictureIn returns the picture in an answer's body.
func pictureIn(t testing.TB, body []byte) []byte {
	t.Helper()
	var answer struct{ Image string }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %.100s", err, body)
	}
	file, err := base64.StdEncoding.DecodeString(answer.Image)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFaultsThatAnswerDoWhatTheySay(t *testing.T) {
	gunzip := func(b []byte) []byte {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	says := func(text string) func(*testing.T, *http.Response, []byte) {
		return func(t *testing.T, _ *http.Response, body []byte) {
			if !strings.Contains(string(body), text) {
				t.Errorf("%q is not in %.200q", text, body)
			}
		}
	}
	isFox := func(t *testing.T, _ *http.Response, body []byte) {
		if !bytes.Equal(pictureIn(t, body), fox) {
			t.Error("the picture is not the fox")
		}
	}
	for name, test := range map[string]struct {
		fault  kellytest.Fault
		status int
		check  func(*testing.T, *http.Response, []byte)
	}{
		"none":           {nil, 200, isFox},
		"bad key":        {kellytest.BadKey, 401, says(`{"detail":"Invalid API key"}`)},
		"forbidden":      {kellytest.Forbidden, 403, says(`{"detail":"`)},
		"refused":        {kellytest.Detail(400, `no "foxes"`), 400, says(`{"detail":"no \"foxes\""}`)},
		"refused ok":     {kellytest.Detail(200, "no"), 200, says(`{"detail":"no"}`)},
		"invalid":        {kellytest.Invalid("width", "too wide"), 422, says(`"loc":["body","width"],"msg":"too wide","type":`)},
		"away 500":       {kellytest.Away(500), 500, says("Internal Server Error")},
		"away 502":       {kellytest.Away(502), 502, says("<h1>502 Bad Gateway</h1>")},
		"away 503":       {kellytest.Away(503), 503, says("<html>")},
		"away 504":       {kellytest.Away(504), 504, says("<html>")},
		"html":           {kellytest.HTML, 200, says("<!DOCTYPE html>")},
		"not json":       {kellytest.NotJSON, 200, says("all is well")},
		"url":            {kellytest.URL, 200, says(`{"image":"https://`)},
		"null":           {kellytest.JSON(`{"image":null}`), 200, says(`{"image":null}`)},
		"data uri":       {kellytest.DataURI, 200, says("data:image/png;base64," + base64.StdEncoding.EncodeToString(fox))},
		"nested":         {kellytest.NestedImageFirst, 200, isFox},
		"nested details": {kellytest.NestedImageFirst, 200, says(`{"meta":{"image":"bm8="}`)},
		"too many": {kellytest.TooMany("7"), 429, func(t *testing.T, r *http.Response, _ []byte) {
			if r.Header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
			}
		}},
		"too many for how long": {kellytest.TooMany(""), 429, func(t *testing.T, r *http.Response, _ []byte) {
			if _, given := r.Header["Retry-After"]; given {
				t.Error("Retry-After is given")
			}
		}},
		"truncated": {kellytest.TruncatedJSON, 200, func(t *testing.T, r *http.Response, body []byte) {
			if json.Valid(body) || !bytes.HasPrefix(body, []byte(`{"image":"`)) || r.ContentLength != int64(len(body)) {
				t.Errorf("the body is %.100s", body)
			}
		}},
		"bad base64": {kellytest.BadBase64, 200, func(t *testing.T, _ *http.Response, body []byte) {
			var answer struct{ Image string }
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatal(err)
			}
			if _, err := base64.StdEncoding.DecodeString(answer.Image); err == nil {
				t.Error("it can be decoded")
			}
		}},
		"no picture": {kellytest.NotAPicture, 200, func(t *testing.T, _ *http.Response, body []byte) {
			if !strings.HasPrefix(string(pictureIn(t, body)), "This is not") {
				t.Error("the text is missing")
			}
		}},
		"oversized": {kellytest.Oversized(30000, 20000), 200, func(t *testing.T, _ *http.Response, body []byte) {
			config, err := png.DecodeConfig(bytes.NewReader(pictureIn(t, body)))
			if err != nil || config.Width != 30000 || config.Height != 20000 {
				t.Errorf("%v, %v", config, err)
			}
		}},
		"big": {kellytest.Big(300_000), 200, func(t *testing.T, _ *http.Response, body []byte) {
			file := pictureIn(t, body)
			if _, err := png.Decode(bytes.NewReader(file)); err != nil || len(file) != 300_000 {
				t.Errorf("%d bytes, %v", len(file), err)
			}
		}},
		"drip": {kellytest.Drip(time.Microsecond), 200, isFox},
		"chunked": {kellytest.Chunked, 200, func(t *testing.T, r *http.Response, body []byte) {
			if r.ContentLength != -1 {
				t.Errorf("Content-Length is %d", r.ContentLength)
			}
			isFox(t, r, body)
		}},
		"gzip": {kellytest.Gzip, 200, func(t *testing.T, r *http.Response, body []byte) {
			if r.Header.Get("Content-Encoding") != "gzip" {
				t.Error("Content-Encoding is missing")
			}
			isFox(t, r, gunzip(body))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := kellytest.New(t)
			if test.fault != nil {
				s.Script(test.fault)
			}
			resp, err := ask(t, s)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status {
				t.Errorf("status %d, want %d", resp.StatusCode, test.status)
			}
			test.check(t, resp, body)
		})
	}
}

func TestFaultsOfTheConnectionBreakIt(t *testing.T) {
	s := kellytest.New(t)
	s.Script(kellytest.Reset, kellytest.CloseMidBody)
	if _, err := ask(t, s); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("a reset connection gave %v", err)
	}
	resp, err := ask(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err == nil || len(body) == 0 || int64(len(body)) >= resp.ContentLength {
		t.Errorf("a connection closed in the middle gave %d of %d bytes and %v", len(body), resp.ContentLength, err)
	}
}

func TestFaultsWithoutAnEndStopWhenTheServerCloses(t *testing.T) {
	for name, fault := range map[string]kellytest.Fault{
		"hang": kellytest.Hang, "hang mid body": kellytest.HangMidBody,
		"endless": kellytest.Endless, "drip": kellytest.Drip(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			s := kellytest.Start()
			s.Always(fault)
			done := make(chan error, 1)
			go func() {
				resp, err := ask(t, s)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
				}
				done <- err
			}()
			if err := s.WaitFor(t.Context(), func(st kellytest.Stats) bool { return st.InFlight == 1 }); err != nil {
				t.Fatal(err)
			}
			s.Close()
			if err := <-done; err == nil {
				t.Error("the answer came to an end")
			}
			if n := s.Stats().InFlight; n != 0 {
				t.Errorf("%d calls are still in flight", n)
			}
		})
	}
}

func TestScriptsAreUsedOnceInOrderAndAlwaysAfterThem(t *testing.T) {
	s := kellytest.New(t)
	s.Script(kellytest.Away(503), kellytest.BadKey)
	s.ScriptPath("image/generate", kellytest.TooMany(""))
	s.ScriptPath("image/edit", kellytest.Away(500))
	s.Always(kellytest.Away(504))
	for _, want := range []int{429, 503, 401, 504, 504} {
		resp, err := ask(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
	s.Always(nil)
	if resp, err := ask(t, s); err != nil || resp.StatusCode != 200 {
		t.Errorf("not well again: %v, %v", resp, err)
	}
}

func TestHoldKeepsCallsInFlightUntilReleased(t *testing.T) {
	s := kellytest.New(t)
	release := s.Hold()
	defer release()
	statuses := make(chan int)
	for range 3 {
		go func() {
			resp, err := ask(t, s)
			if err != nil {
				statuses <- 0
				return
			}
			statuses <- resp.StatusCode
		}()
	}
	if err := s.WaitFor(t.Context(), func(st kellytest.Stats) bool { return st.InFlight == 3 }); err != nil {
		t.Fatal(err)
	}
	select {
	case status := <-statuses:
		t.Fatalf("a call that is held was answered with %d", status)
	default:
	}
	release()
	for range 3 {
		if status := <-statuses; status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if err := s.WaitFor(t.Context(), func(st kellytest.Stats) bool { return st.InFlight == 0 }); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.MaxInFlight != 3 || st.Requests != 3 {
		t.Errorf("counted %+v", st)
	}
	if n := s.Prompts()["a fox"]; n != 3 {
		t.Errorf("the prompt was counted %d times", n)
	}
}

func TestWaitForEndsWithItsContext(t *testing.T) {
	s := kellytest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.WaitFor(ctx, func(kellytest.Stats) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRequestsAreRecordedAsTheyCame(t *testing.T) {
	s := kellytest.New(t)
	if _, err := ask(t, s); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	if r.Method != "POST" || r.Path != "image/generate" || r.Header.Get("Authorization") != "Bearer key" {
		t.Errorf("recorded %s %s %s", r.Method, r.Path, r.Header)
	}
	if r.Prompt != "a fox" || r.Model != "PhotoPerfect" || r.Width != 64 || r.Height != 64 ||
		r.ResponseType != "base64data" || r.NegativePrompt != nil {
		t.Errorf("recorded %+v", r.Fields)
	}
}

func TestEverythingElseIsAnsweredAsTheSandboxDoes(t *testing.T) {
	s := kellytest.New(t)
	send := func(path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer key")
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	source := base64.StdEncoding.EncodeToString(fox)
	for _, test := range []struct {
		path, body string
		status     int
		answer     string
	}{
		{"image/generate", `{"prompt":"a fox","width":"x"}`, 422, `"loc":["body","width"]`},
		{"image/generate", `{"prompt":"a fox","width":64,"height":64}`, 200, `{"image":"https://`},
		{"image/edit", `{"prompt":"a fox","image_data":"","responseType":"base64data"}`, 422, `image_data`},
		{"image/upscale", `{"image_data":"` + source + `","responseType":"base64data"}`, 200, `{"image":"`},
		{"image/description", `{"image_data":"` + source + `"}`, 200, `{"content":"`},
		{"sd/models", ``, 405, `Method Not Allowed`},
		{"nothing", ``, 404, `Not Found`},
	} {
		status, answer := send(test.path, test.body)
		if status != test.status || !strings.Contains(answer, test.answer) {
			t.Errorf("%s %s: %d %.200s", test.path, test.body, status, answer)
		}
	}
	_, answer := send("image/edit", `{"prompt":"a fox","image_data":"`+source+`","width":100,"height":80,"responseType":"base64data"}`)
	if !bytes.Equal(pictureIn(t, []byte(answer)), kellytest.Picture("a fox", "", 100, 80)) {
		t.Error("edit did not answer the quick picture")
	}
}

func TestPicturesDifferByPromptModelAndSize(t *testing.T) {
	seen := make(map[string]bool)
	for _, file := range [][]byte{
		fox,
		kellytest.Picture("a cat", "PhotoPerfect", 64, 64),
		kellytest.Picture("a fox", "PixelArt", 64, 64),
		kellytest.Picture("a fox", "PhotoPerfect", 65, 64),
	} {
		if _, _, err := image.Decode(bytes.NewReader(file)); err != nil {
			t.Fatal(err)
		}
		seen[string(file)] = true
	}
	if len(seen) != 4 || !bytes.Equal(fox, kellytest.Picture("a fox", "PhotoPerfect", 64, 64)) {
		t.Error("the pictures do not tell requests apart")
	}
}
