package kelly

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

// maxModelName is in bytes; what is longer is no name.
const maxModelName = 200

// SDModels lists the Stable Diffusion models in the server's order.
func (c *Client) SDModels(ctx context.Context) ([]string, error) {
	return c.models(ctx, "list SD models", "sd/models")
}

// SDXLModels lists the Stable Diffusion XL models in the server's order.
func (c *Client) SDXLModels(ctx context.Context) ([]string, error) {
	return c.models(ctx, "list SDXL models", "sdxl/models")
}

func (c *Client) models(ctx context.Context, op, path string) ([]string, error) {
	var names []string
	err := c.do(ctx, &request{op: op, path: path}, func(a *answer) *Error {
		raw, e := a.readJSON()
		if e != nil {
			return e
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			switch {
			case present(object["detail"]):
				return a.refused(object["detail"])
			case object["error"] != nil, object["message"] != nil:
				return invalid("a message, and no models")
			}
		}
		var err error
		if names, err = modelNames(raw); err != nil {
			return invalid(err.Error())
		}
		return nil
	})
	return names, err
}

// modelNames reads a list of models in every shape that the contract knows: a
// list of names or of objects, either of them in a wrapper, or an object from
// name to details. Blank names, repeated ones and those that cannot be names
// are left out; a list of which nothing remains is an error.
func modelNames(raw json.RawMessage) ([]string, error) {
	list := unwrap(raw)
	var items []json.RawMessage
	var found []string
	switch first(list) {
	case '[':
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, err
		}
		for _, item := range items {
			found = append(found, modelName(item))
		}
	case '{':
		keys, err := objectKeys(list)
		if err != nil {
			return nil, err
		}
		found = keys
	default:
		return nil, errors.New("no list of models")
	}
	names := make([]string, 0, len(found))
	seen := make(map[string]bool, len(found))
	for _, name := range found {
		name = strings.TrimSpace(name)
		if name == "" || len(name) > maxModelName || strings.ContainsFunc(name, unicode.IsControl) || seen[name] {
			continue
		}
		seen[name] = true
		names = append(names, name)
	}
	if len(found) > 0 && len(names) == 0 {
		return nil, errors.New("a list of models without a name")
	}
	return names, nil
}

// unwrap returns the list within an object such as {"models": [...]}.
func unwrap(raw json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return raw
	}
	for _, key := range []string{"models", "data", "result"} {
		if c := first(object[key]); c == '[' || c == '{' {
			return object[key]
		}
	}
	return raw
}

func first(raw json.RawMessage) byte {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 {
		return 0
	}
	return raw[0]
}

// modelName reads one entry of a list; "" when it holds no name.
func modelName(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	text := func(key string) string {
		s, _ := object[key].(string)
		return strings.TrimSpace(s)
	}
	return cmp.Or(text("name"), text("model"), text("model_name"), text("id"), text("title"))
}

// objectKeys returns an object's keys in the order of the text.
func objectKeys(raw json.RawMessage) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		keys = append(keys, name)
		var details json.RawMessage
		if err := d.Decode(&details); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
