package kelly

import (
	"cmp"
	"context"
)

// EditRequest asks for a new version of a picture.
type EditRequest struct {
	Prompt string // required: what the picture shall become
	// NegativePrompt is sent as it is; nil sends DefaultNegativePrompt, a
	// pointer to "" sends an explicitly empty one.
	NegativePrompt *string
	Image          []byte // required; read until the call returns
	Width, Height  int    // pixels; 0 is DefaultWidth, DefaultHeight
}

type editBody struct {
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt"`
	Width          int    `json:"width"`
	Height         int    `json:"height"`
	ResponseType   string `json:"responseType"`
}

type imageBody struct {
	ResponseType string `json:"responseType"`
}

// Edit redraws a picture after a prompt (img2img). The caller releases the
// Picture.
func (c *Client) Edit(ctx context.Context, r EditRequest) (*Picture, error) {
	const op = "edit"
	if err := checkDrawing(op, r.Prompt, r.Width, r.Height); err != nil {
		return nil, err
	}
	return c.fromImage(ctx, op, "image/edit", r.Image, editBody{
		Prompt:         r.Prompt,
		NegativePrompt: negativePrompt(r.NegativePrompt),
		Width:          cmp.Or(r.Width, DefaultWidth),
		Height:         cmp.Or(r.Height, DefaultHeight),
		ResponseType:   responseType,
	})
}

// Upscale enlarges a picture; the server chooses by how much. The image is
// read until the call returns. The caller releases the Picture.
func (c *Client) Upscale(ctx context.Context, image []byte) (*Picture, error) {
	return c.fromImage(ctx, "upscale", "image/upscale", image, imageBody{responseType})
}

// RemoveBackground makes a picture's background transparent. The image is read
// until the call returns. The caller releases the Picture.
func (c *Client) RemoveBackground(ctx context.Context, image []byte) (*Picture, error) {
	return c.fromImage(ctx, "remove background", "image/removebg", image, imageBody{responseType})
}

func (c *Client) fromImage(ctx context.Context, op, path string, image []byte, body any) (*Picture, error) {
	if len(image) == 0 {
		return nil, refuse(op, "image_data", "an image is required")
	}
	return c.picture(ctx, &request{op: op, path: path, body: body, image: image})
}
