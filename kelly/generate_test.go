package kelly_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// sent returns the JSON of the only request, whose path and headers it checks.
func sent(t *testing.T, server *kellytest.Server, path string) map[string]any {
	t.Helper()
	requests := server.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	r := requests[0]
	if r.Method != "POST" || r.Path != path || r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %s with %v", r.Method, r.Path, r.Header)
	}
	var body map[string]any
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestGenerateSendsTheContractsDefaults(t *testing.T) {
	server := kellytest.New(t)
	p, err := newClient(t, server).Generate(t.Context(), kelly.GenerateRequest{Prompt: "a red fox"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	want := map[string]any{
		"prompt": "a red fox", "negative_prompt": kelly.DefaultNegativePrompt, "model": "PhotoPerfect",
		"width": 1024., "height": 1024., "responseType": "base64data",
	}
	if got := sent(t, server, "image/generate"); !maps.Equal(got, want) {
		t.Errorf("sent %v", got)
	}
	if !bytes.Equal(p.Bytes(), kellytest.Picture("a red fox", "PhotoPerfect", 1024, 1024)) || p.Format != kelly.PNG || p.Width != 1024 || p.Height != 1024 {
		t.Errorf("got a %s of %dx%d", p.Format, p.Width, p.Height)
	}
}

func TestGenerateSendsWhatIsAskedFor(t *testing.T) {
	server := kellytest.New(t)
	p, err := newClient(t, server).Generate(t.Context(), kelly.GenerateRequest{
		Prompt: "<fox> & \"snow\"\n🦊 狐", NegativePrompt: new(""), Model: "DreamShaper", Width: 640, Height: 384,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release()
	want := map[string]any{
		"prompt": "<fox> & \"snow\"\n🦊 狐", "negative_prompt": "", "model": "DreamShaper",
		"width": 640., "height": 384., "responseType": "base64data",
	}
	if got := sent(t, server, "image/generate"); !maps.Equal(got, want) {
		t.Errorf("sent %v", got)
	}
}

func TestWhatCannotWorkIsRefusedWithoutAsking(t *testing.T) {
	server := kellytest.New(t)
	client := newClient(t, server)
	for name, test := range map[string]struct {
		field string
		call  func() (any, error)
	}{
		"no prompt":      {"prompt", func() (any, error) { return client.Generate(t.Context(), kelly.GenerateRequest{}) }},
		"a blank prompt": {"prompt", func() (any, error) { return client.Generate(t.Context(), kelly.GenerateRequest{Prompt: " \n"}) }},
		"a negative width": {"width", func() (any, error) {
			return client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "x", Width: -1})
		}},
		"a negative height":     {"height", func() (any, error) { return client.Edit(t.Context(), kelly.EditRequest{Prompt: "x", Height: -1}) }},
		"nothing to edit":       {"image_data", func() (any, error) { return client.Edit(t.Context(), kelly.EditRequest{Prompt: "x"}) }},
		"nothing to upscale":    {"image_data", func() (any, error) { return client.Upscale(t.Context(), nil) }},
		"nothing to cut out of": {"image_data", func() (any, error) { return client.RemoveBackground(t.Context(), []byte{}) }},
		"nothing to describe":   {"image_data", func() (any, error) { return client.Describe(t.Context(), "What is it?", nil) }},
	} {
		_, err := test.call()
		e, ok := errors.AsType[*kelly.Error](err)
		if !ok || !errors.Is(err, kelly.ErrRefused) || e.Op == "" || len(e.Fields) != 1 || e.Fields[0].Field != test.field {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
