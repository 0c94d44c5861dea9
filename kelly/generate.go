package kelly

import (
	"cmp"
	"context"
	"strings"
)

// GenerateRequest asks for a new picture. The zero value of every field but
// Prompt stands for its default.
type GenerateRequest struct {
	Prompt string // required
	// NegativePrompt is sent as it is; nil sends DefaultNegativePrompt, a
	// pointer to "" sends an explicitly empty one.
	NegativePrompt *string
	Model          string // "" is DefaultModel
	Width, Height  int    // pixels; 0 is DefaultWidth, DefaultHeight
}

type generateBody struct {
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt"`
	Model          string `json:"model"`
	Width          int    `json:"width"`
	Height         int    `json:"height"`
	ResponseType   string `json:"responseType"`
}

// responseType makes the server answer with base64 and not with a URL.
const responseType = "base64data"

// Generate draws a picture from a prompt. The caller releases the Picture.
func (c *Client) Generate(ctx context.Context, r GenerateRequest) (*Picture, error) {
	const op = "generate"
	if err := checkDrawing(op, r.Prompt, r.Width, r.Height); err != nil {
		return nil, err
	}
	return c.picture(ctx, &request{op: op, path: "image/generate", body: generateBody{
		Prompt:         r.Prompt,
		NegativePrompt: negativePrompt(r.NegativePrompt),
		Model:          cmp.Or(r.Model, DefaultModel),
		Width:          cmp.Or(r.Width, DefaultWidth),
		Height:         cmp.Or(r.Height, DefaultHeight),
		ResponseType:   responseType,
	}})
}

func negativePrompt(p *string) string {
	if p == nil {
		return DefaultNegativePrompt
	}
	return *p
}

// checkDrawing refuses what no server can draw.
func checkDrawing(op, prompt string, width, height int) error {
	switch {
	case strings.TrimSpace(prompt) == "":
		return refuse(op, "prompt", "a prompt is required")
	case width < 0:
		return refuse(op, "width", "a width is not negative")
	case height < 0:
		return refuse(op, "height", "a height is not negative")
	}
	return nil
}

// picture sends a request that is answered with an image.
func (c *Client) picture(ctx context.Context, r *request) (*Picture, error) {
	var p *Picture
	err := c.do(ctx, r, func(a *answer) (e *Error) {
		p, e = a.readPicture()
		return e
	})
	return p, err
}
