// Package sandbox is a Kelly-compatible server that draws its pictures itself:
// what serves when no API key is configured, and a peer for tests.
//
// [New] is the whole wire contract as an http.Handler; [NewTransport] serves it
// in the process itself, without a port. Pictures are PNG. What a sandbox draws
// first for a prompt, model and size is always the same picture, and each time
// that it is asked again another; the negative prompt is accepted and has no
// influence. Every picture says "sandbox" in a corner and carries
// its prompt, so that nobody takes it for a model's work; characters that the
// typeface lacks appear as boxes with their code points.
package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"

	"kellybot/kelly"
)

// What the sandbox accepts; beyond these it answers a refusal.
const (
	MinSide   = 64       // pixels, of a picture to draw
	MaxSide   = 2048     // pixels, of a picture to draw
	maxPixels = 20e6     // of a picture sent to it
	maxText   = 1 << 20  // bytes of a request without a picture
	maxBody   = 64 << 20 // bytes of a request with one
)

// A refusal is an answer that is not what was asked for; detail is a text or
// FastAPI's list of problems.
type refusal struct {
	status int
	detail any
}

func (r *refusal) Error() string { return fmt.Sprintf("sandbox: %d: %v", r.status, r.detail) }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// New returns a handler for the contract's seven calls, at /sd/models,
// /sdxl/models and /image/…; http.StripPrefix mounts it elsewhere. Any
// non-empty Bearer key is accepted. It is safe for concurrent use, and keeps
// nothing but how often it was asked for what; limits on concurrency are the caller's.
func New() http.Handler {
	drawn := &takes{drawn: map[uint64]uint64{}}
	calls := map[string]struct {
		method string
		answer func(*http.Request) (any, error)
	}{
		"/sd/models":         {http.MethodGet, func(*http.Request) (any, error) { return sdModels, nil }},
		"/sdxl/models":       {http.MethodGet, func(*http.Request) (any, error) { return sdxlModels, nil }},
		"/image/generate":    {http.MethodPost, drawn.generate},
		"/image/edit":        {http.MethodPost, drawn.edit},
		"/image/upscale":     {http.MethodPost, upscale},
		"/image/removebg":    {http.MethodPost, removeBackground},
		"/image/description": {http.MethodPost, describe},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, found := calls[r.URL.Path]
		key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		var result any
		var err error
		switch {
		case !found:
			err = refuse(http.StatusNotFound, "Not Found")
		case r.Method != call.method:
			w.Header().Set("Allow", call.method)
			err = refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
		case !bearer || strings.TrimSpace(key) == "":
			w.Header().Set("WWW-Authenticate", "Bearer")
			err = refuse(http.StatusUnauthorized, "Not authenticated")
		default:
			result, err = call.answer(r)
		}
		status := http.StatusOK
		if err != nil {
			if r.Context().Err() != nil {
				return // the caller has gone
			}
			no, ok := errors.AsType[*refusal](err)
			if !ok {
				no = refuse(http.StatusInternalServerError, "Internal Server Error")
			}
			status, result = no.status, map[string]any{"detail": no.detail}
		}
		write(w, status, result)
	})
}

// write answers with JSON of known length.
func write(w http.ResponseWriter, status int, answer any) {
	var body []byte
	if p, ok := answer.(encoded); ok {
		body = append(body, `{"image":"`...)
		body = base64.StdEncoding.AppendEncode(body, p)
		body = append(body, `"}`...)
	} else {
		body, _ = json.Marshal(answer)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// encoded is a PNG file on its way into an answer.
type encoded []byte

func encode(ctx context.Context, img image.Image) (encoded, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	return buf.Bytes(), nil
}

// respond answers with the picture as base64 where the request asks for that,
// and else with a URL as the contract says; nothing is behind it.
func respond(ctx context.Context, f *form, img image.Image) (any, error) {
	file, err := encode(ctx, img)
	if err != nil || f.responseType == "base64data" {
		return file, err
	}
	return map[string]string{"image": fmt.Sprintf("https://sandbox.invalid/%016x.png", hash(string(file)))}, nil
}

func (t *takes) generate(r *http.Request) (any, error) {
	f, err := readForm(r, maxText)
	if err != nil {
		return nil, err
	}
	prompt := f.text("prompt", nil)
	f.text("negative_prompt", new(""))
	model := f.text("model", new(kelly.DefaultModel))
	width, height := f.size()
	if err := f.problems(); err != nil {
		return nil, err
	}
	if !knows(model) {
		return nil, refuse(http.StatusBadRequest, "There is no model %q", clip(model))
	}
	take := t.next(fmt.Sprintf("%q %q %d %d", prompt, model, width, height))
	return respond(r.Context(), f, illustrate(prompt, model, width, height, take))
}
