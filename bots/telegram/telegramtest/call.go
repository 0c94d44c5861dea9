package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"unicode/utf8"

	"kellybot/bots/botstest"
)

// maxUpload is the longest body that the server reads, in bytes.
const maxUpload = 50<<20 + 1<<20

// readCall reads the parameters of a request in any of the ways that the Bot
// API takes. The status goes with an error.
func readCall(w http.ResponseWriter, r *http.Request, method string) (call Call, status int, err error) {
	call = Call{Method: method, Params: map[string]string{}, Files: map[string]botstest.File{}}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return call, 404, errors.New("Not Found")
	}
	for key, values := range r.URL.Query() {
		call.Params[key] = values[0]
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
	if err != nil {
		return call, 413, errors.New("Request Entity Too Large")
	}
	kind, options, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		err = readJSON(body, call.Params)
	case "application/x-www-form-urlencoded":
		var form url.Values
		form, err = url.ParseQuery(string(body))
		for key, values := range form {
			call.Params[key] = values[0]
		}
	case "multipart/form-data":
		err = readForm(body, options["boundary"], &call)
	}
	if err != nil {
		return call, 400, errors.New("Bad Request: can't parse the request's body")
	}
	for _, value := range call.Params {
		if !utf8.ValidString(value) {
			return call, 400, errors.New("Bad Request: strings must be encoded in UTF-8")
		}
	}
	return call, 0, nil
}

func readJSON(body []byte, params map[string]string) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return err
	}
	for key, raw := range object {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		params[key] = text
	}
	return nil
}

func readForm(body []byte, boundary string, call *Call) error {
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() == "" {
			call.Params[part.FormName()] = string(content)
			continue
		}
		call.Files[part.FormName()] = botstest.File{
			Name:        part.FileName(),
			ContentType: part.Header.Get("Content-Type"),
			Bytes:       content,
		}
	}
}
