package sandbox_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kellybot/kelly/sandbox"
)

func TestWhatIsWrongIsRefusedAsFastAPIDoes(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte("no picture at all"))
	huge := claim(t, 30000, 20000)
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		answer             string
	}{
		"unknown path":    {"POST", "image/nothing", `{}`, 404, `{"detail":"Not Found"}`},
		"wrong method":    {"GET", "image/generate", ``, 405, `{"detail":"Method Not Allowed"}`},
		"no JSON":         {"POST", "image/generate", `{"prompt":`, 422, `"type":"json_invalid","loc":["body"]`},
		"no object":       {"POST", "image/generate", `[1]`, 422, `"type":"model_attributes_type"`},
		"null":            {"POST", "image/generate", `null`, 422, `"type":"model_attributes_type"`},
		"no prompt":       {"POST", "image/generate", `{}`, 422, `"type":"missing","loc":["body","prompt"],"msg":"Field required"`},
		"empty prompt":    {"POST", "image/generate", `{"prompt":""}`, 422, `"type":"string_too_short","loc":["body","prompt"]`},
		"prompt a number": {"POST", "image/generate", `{"prompt":7}`, 422, `"type":"string_type","loc":["body","prompt"]`},
		"too small":       {"POST", "image/generate", `{"prompt":"x","width":63}`, 422, `"type":"greater_than_equal","loc":["body","width"]`},
		"too large":       {"POST", "image/generate", `{"prompt":"x","height":2049}`, 422, `"msg":"Input should be less than or equal to 2048"`},
		"half a pixel":    {"POST", "image/generate", `{"prompt":"x","height":64.5}`, 422, `"type":"int_type","loc":["body","height"]`},
		"width a word":    {"POST", "image/generate", `{"prompt":"x","width":"wide"}`, 422, `"type":"int_type","loc":["body","width"]`},
		"all at once":     {"POST", "image/generate", `{"width":0,"height":0}`, 422, `"loc":["body","height"]`},
		"unknown model":   {"POST", "image/generate", `{"prompt":"x","model":"Nobody"}`, 400, `{"detail":"There is no model \"Nobody\""}`},
		"too long":        {"POST", "image/generate", `{"prompt":"` + strings.Repeat("x", 1<<20) + `"}`, 413, `{"detail":"The request is too large`},
		"no picture":      {"POST", "image/upscale", `{}`, 422, `"loc":["body","image_data"]`},
		"bad base64":      {"POST", "image/removebg", `{"image_data":"*"}`, 422, `not valid base64`},
		"a text":          {"POST", "image/description", `{"image_data":"` + text + `"}`, 400, `not a picture`},
		"a text to edit":  {"POST", "image/edit", `{"prompt":"x","image_data":"` + text + `"}`, 400, `not a picture`},
		"a huge claim":    {"POST", "image/upscale", `{"image_data":"` + huge + `"}`, 400, `at most 20 megapixels`},
		"a lie":           {"POST", "image/removebg", `{"image_data":"` + claim(t, 300, 200) + `"}`, 400, `The picture is damaged`},
		"no edit prompt":  {"POST", "image/edit", `{"image_data":"` + sample(t, 8, 8) + `"}`, 422, `"loc":["body","prompt"]`},
		"too large to upscale": {"POST", "image/upscale", `{"image_data":"` + sample(t, 2049, 2048) + `"}`, 400,
			`too large to upscale`},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := call(t, test.method, test.path, test.body)
			if status != test.status || !strings.Contains(string(answer), test.answer) {
				t.Errorf("%d %.300s, want %d %s", status, answer, test.status, test.answer)
			}
		})
	}
}

// claim is a small PNG file whose header claims another size.
func claim(t testing.TB, width, height uint32) string {
	t.Helper()
	file, err := base64.StdEncoding.DecodeString(sample(t, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return base64.StdEncoding.EncodeToString(file)
}

func TestWithoutABearerKeyNothingIsAnswered(t *testing.T) {
	for _, key := range []string{"", "key", "Basic a2V5", "Bearer ", "Bearer   "} {
		r := httptest.NewRequest(http.MethodGet, "/sd/models", nil)
		if key != "" {
			r.Header.Set("Authorization", key)
		}
		w := httptest.NewRecorder()
		sandbox.New().ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `{"detail":`) {
			t.Errorf("%q: %d %s", key, w.Code, w.Body)
		}
	}
}

func TestNothingIsAnsweredToACallerThatHasGone(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/image/generate", strings.NewReader(`{"prompt":"x","width":64,"height":64}`))
	r.Header.Set("Authorization", "Bearer key")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	sandbox.New().ServeHTTP(w, r.WithContext(ctx))
	if w.Body.Len() != 0 {
		t.Errorf("answered %.100s", w.Body)
	}
}
