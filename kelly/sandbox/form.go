package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"

	"kellybot/kelly"
)

// A problem is one entry of FastAPI's validation list.
type problem struct {
	Type  string   `json:"type"`
	Loc   []string `json:"loc"`
	Msg   string   `json:"msg"`
	Input any      `json:"input"`
}

// A form is a request's JSON body; its methods read one field each and collect
// what is wrong, so that all of it is reported at once.
type form struct {
	fields       map[string]json.RawMessage
	wrong        []problem
	responseType string
}

// readForm reads a body of at most limit bytes.
func readForm(r *http.Request, limit int64) (*form, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return nil, refuse(http.StatusRequestEntityTooLarge, "The request is too large: at most %d bytes", limit)
	}
	if err != nil {
		return nil, err
	}
	f := &form{}
	if !json.Valid(body) {
		f.complain("", "json_invalid", "JSON decode error", nil)
		return nil, f.problems()
	}
	if json.Unmarshal(body, &f.fields) != nil || f.fields == nil {
		f.complain("", "model_attributes_type", "Input should be a valid dictionary or object to extract fields from", nil)
		return nil, f.problems()
	}
	f.responseType = f.text("responseType", new("url"))
	return f, nil
}

func (f *form) complain(field, kind, msg string, input any) {
	loc := []string{"body"}
	if field != "" {
		loc = append(loc, field)
	}
	f.wrong = append(f.wrong, problem{kind, loc, msg, input})
}

// problems returns the refusal that lists what was wrong, nil if nothing was.
func (f *form) problems() error {
	if len(f.wrong) == 0 {
		return nil
	}
	return &refusal{http.StatusUnprocessableEntity, f.wrong}
}

// text reads a string; a field without a fallback is required and not empty.
func (f *form) text(name string, fallback *string) string {
	raw, given := f.fields[name]
	var s *string
	switch {
	case !given && fallback != nil:
		return *fallback
	case !given:
		f.complain(name, "missing", "Field required", nil)
	case json.Unmarshal(raw, &s) != nil || s == nil:
		f.complain(name, "string_type", "Input should be a valid string", nil)
	case *s == "" && fallback == nil:
		f.complain(name, "string_too_short", "String should have at least 1 character", "")
	default:
		return *s
	}
	return ""
}

// size reads the width and height of the picture to draw.
func (f *form) size() (width, height int) {
	return f.side("width", kelly.DefaultWidth), f.side("height", kelly.DefaultHeight)
}

func (f *form) side(name string, fallback int) int {
	raw, given := f.fields[name]
	if !given {
		return fallback
	}
	var n *float64
	switch {
	case json.Unmarshal(raw, &n) != nil || n == nil || *n != math.Trunc(*n):
		f.complain(name, "int_type", "Input should be a valid integer", nil)
	case *n < MinSide:
		f.complain(name, "greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %d", MinSide), *n)
	case *n > MaxSide:
		f.complain(name, "less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", MaxSide), *n)
	default:
		return int(*n)
	}
	return 0
}

// file reads the picture that was sent, still encoded.
func (f *form) file() []byte {
	const name = "image_data"
	text := f.text(name, nil)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		f.complain(name, "value_error", "Value error, not valid base64", nil)
	}
	return data
}
