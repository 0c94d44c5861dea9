package kelly_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"maps"
	"testing"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

func TestCallsWithAnImageSendItAsBase64(t *testing.T) {
	for _, size := range []int{1, 2, 3, 1000, 300_001} { // the large one takes several reads
		image := bytes.Repeat([]byte("\x00\xff\x10fox"), size/6+1)[:size]
		text := base64.StdEncoding.EncodeToString(image)
		answer := kellytest.Big(1000)
		tests := map[string]struct {
			call func(context.Context, *kelly.Client) (*kelly.Picture, error)
			want map[string]any
		}{
			"image/edit": {
				func(ctx context.Context, c *kelly.Client) (*kelly.Picture, error) {
					return c.Edit(ctx, kelly.EditRequest{Prompt: "a blue fox", Image: image, Width: 640})
				},
				map[string]any{
					"prompt": "a blue fox", "negative_prompt": kelly.DefaultNegativePrompt, "image_data": text,
					"width": 640., "height": 1024., "responseType": "base64data",
				},
			},
			"image/upscale": {
				func(ctx context.Context, c *kelly.Client) (*kelly.Picture, error) { return c.Upscale(ctx, image) },
				map[string]any{"image_data": text, "responseType": "base64data"},
			},
			"image/removebg": {
				func(ctx context.Context, c *kelly.Client) (*kelly.Picture, error) {
					return c.RemoveBackground(ctx, image)
				},
				map[string]any{"image_data": text, "responseType": "base64data"},
			},
		}
		for path, test := range tests {
			server := kellytest.New(t)
			server.Always(answer)
			p, err := test.call(t.Context(), newClient(t, server))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			p.Release()
			if got := sent(t, server, path); !maps.Equal(got, test.want) {
				t.Errorf("%s: sent something else for %d bytes", path, size)
			}
		}
	}
}

func TestAnImageIsSentWholeWithEachAttempt(t *testing.T) {
	server := kellytest.New(t)
	server.Script(kellytest.Away(503), kellytest.Reset, kellytest.Big(1000))
	image := bytes.Repeat([]byte("fox"), 100_000)
	p, err := newClient(t, server).Upscale(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	p.Release()
	for i, r := range server.Requests() {
		if !bytes.Equal(r.ImageData, image) {
			t.Errorf("attempt %d sent %d bytes", i+1, len(r.ImageData))
		}
	}
}
