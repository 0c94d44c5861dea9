package kelly

import (
	"context"
	"encoding/json"
)

type describeBody struct {
	Prompt string `json:"prompt"`
}

// Describe answers a question about a picture in words. The image is read
// until the call returns.
func (c *Client) Describe(ctx context.Context, question string, image []byte) (string, error) {
	const op = "describe"
	if len(image) == 0 {
		return "", refuse(op, "image_data", "an image is required")
	}
	var content string
	err := c.do(ctx, &request{op: op, path: "image/description", body: describeBody{question}, image: image}, func(a *answer) *Error {
		raw, e := a.readJSON()
		if e != nil {
			return e
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return invalid("JSON that is no object")
		}
		switch text, detail := object["content"], object["detail"]; {
		case !present(text) && present(detail):
			return a.refused(detail)
		case !present(text):
			return invalid("no content in it")
		case json.Unmarshal(text, &content) != nil:
			return invalid("a content that is no text")
		case content == "":
			return invalid("an empty content")
		}
		return nil
	})
	return content, err
}
