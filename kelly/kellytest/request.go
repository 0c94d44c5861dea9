package kellytest

import (
	"bytes"
	"encoding/json"
	"image"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"kellybot/kelly"
	"kellybot/kelly/sandbox"
)

// A Request is one call as it arrived.
type Request struct {
	Method string
	Path   string // without the base path: "image/generate"
	Header http.Header
	Body   []byte // as sent
	Fields

	http   *http.Request
	normal http.Handler
	valid  bool // every field had the right type
}

// Fields are what a request's JSON can hold. What it leaves out has the
// contract's default, which for the negative prompt is nil here.
type Fields struct {
	Prompt         string  `json:"prompt"`
	NegativePrompt *string `json:"negative_prompt"`
	Model          string  `json:"model"` // "" in every call but generate
	Width          int     `json:"width"`
	Height         int     `json:"height"`
	ResponseType   string  `json:"responseType"`
	ImageData      []byte  `json:"image_data"`
}

func readRequest(hr *http.Request, normal http.Handler) (*Request, error) {
	body, err := io.ReadAll(hr.Body)
	if err != nil {
		return nil, err
	}
	r := &Request{
		Method: hr.Method,
		Path:   strings.TrimPrefix(hr.URL.Path, "/"),
		Header: hr.Header.Clone(),
		Body:   body,
		Fields: Fields{Width: kelly.DefaultWidth, Height: kelly.DefaultHeight},
		http:   hr,
		normal: normal,
	}
	if r.Path == "image/generate" {
		r.Model = kelly.DefaultModel
	}
	r.valid = json.Unmarshal(body, &r.Fields) == nil
	return r, nil
}

// draws holds for the calls that take a picture's time.
func (r *Request) draws() bool { return strings.HasPrefix(r.Path, "image/") }

// Picture returns the quick picture for the request's prompt, model and size.
func (r *Request) Picture() []byte { return Picture(r.Prompt, r.Model, r.Width, r.Height) }

// Answer returns what a well server answers: its quick Picture to what
// generate and edit ask properly, whatever the model, and the sandbox's answer
// to everything else.
func (r *Request) Answer() (status int, header http.Header, body []byte) {
	if r.quick() {
		return http.StatusOK, http.Header{"Content-Type": {"application/json"}}, imageJSON(r.Picture())
	}
	hr := r.http.Clone(r.http.Context())
	hr.Body = io.NopCloser(bytes.NewReader(r.Body))
	w := httptest.NewRecorder()
	r.normal.ServeHTTP(w, hr)
	return w.Code, w.Result().Header, w.Body.Bytes()
}

func (r *Request) quick() bool {
	side := func(n int) bool { return n >= sandbox.MinSide && n <= sandbox.MaxSide }
	proper := r.valid && r.Method == http.MethodPost && r.ResponseType == "base64data" &&
		strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") &&
		r.Prompt != "" && side(r.Width) && side(r.Height)
	switch r.Path {
	case "image/generate":
		return proper
	case "image/edit":
		_, _, err := image.DecodeConfig(bytes.NewReader(r.ImageData))
		return proper && err == nil
	}
	return false
}
