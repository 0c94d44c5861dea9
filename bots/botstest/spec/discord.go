package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// discordChecks are what Discord's requests are held against; api is nil
// where the document is not given.
type discordChecks struct{ api *openAPI }

var discord = sync.OnceValue(func() *discordChecks {
	if content := document(discordFile); content != nil {
		return &discordChecks{readOpenAPI(content)}
	}
	return &discordChecks{}
})

// version is what stands before the paths of the document, whose own server is
// version 10: discordgo speaks version 9, which differs in nothing that is used.
var version = regexp.MustCompile(`^/api/v(9|10)/`)

func (d *discordChecks) check(r request) (string, []violation) {
	if !version.MatchString(r.path) {
		return "…", []violation{{"the path", "it does not begin with /api/v9 or /api/v10"}}
	}
	path := version.ReplaceAllString(r.path, "/")
	sent, wrong := readPayload(r)
	wrong = append(wrong, breakDiscordRules(r.header, path, sent)...)
	if d.api == nil {
		return r.method + " " + anonymous(path), wrong
	}
	o, values := d.api.find(r.method, path)
	if o == nil {
		return r.method + " " + anonymous(path), append(wrong, violation{"the path", "the specification has no such path, or not with this method"})
	}
	wrong = append(wrong, o.authorized(r.header)...)
	wrong = append(wrong, d.parameters(o, r, values)...)
	wrong = append(wrong, d.body(o, sent)...)
	return o.method + " " + o.path, wrong
}

// word is a segment of a path that can be no id and no token.
var word = regexp.MustCompile(`^@?[a-z-]{0,20}$`)

// anonymous returns a path without what may be an id or a token.
func anonymous(path string) string {
	segments := strings.Split(path, "/")
	for n, segment := range segments {
		if !word.MatchString(segment) {
			segments[n] = "…"
		}
	}
	return strings.Join(segments, "/")
}

// A payload is what a request to Discord carries.
type payload struct {
	kind  string // the content type, "" of a request without a body
	value any    // of the JSON
	files []string
}

// readPayload reads a JSON body, or a form with payload_json and files.
func readPayload(r request) (payload, []violation) {
	if len(r.body) == 0 {
		return payload{}, nil
	}
	kind, options, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil {
		return payload{}, []violation{{"Content-Type", "it cannot be read"}}
	}
	p := payload{kind: kind}
	if kind != "multipart/form-data" {
		p.value, err = jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
		if err != nil {
			return p, []violation{{"the body", "it is no JSON"}}
		}
		return p, nil
	}
	for form := multipart.NewReader(bytes.NewReader(r.body), options["boundary"]); ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, []violation{{"the body", "it is no form"}}
		}
		switch {
		case part.FileName() != "":
			p.files = append(p.files, part.FormName())
		case part.FormName() == "payload_json":
			p.value, err = jsonschema.UnmarshalJSON(part)
			if err != nil {
				return p, []violation{{"payload_json", "it is no JSON"}}
			}
		default:
			return p, []violation{{"the form", "a part that is neither payload_json nor a file"}}
		}
	}
}

// authorized checks the bot's token: where it is needed it must be there, and
// where an interaction's token does it has nothing to be sent for.
func (o *operation) authorized(header http.Header) []violation {
	is := strings.HasPrefix(header.Get("Authorization"), "Bot ")
	switch {
	case o.asBot && !o.openToo && !is:
		return []violation{{"Authorization", "the operation is for the bot, and its token is not there"}}
	case strings.Contains(o.path, "_token}") && header.Get("Authorization") != "":
		return []violation{{"Authorization", "the interaction's token does, and the bot's is sent as well"}}
	}
	return nil
}

// parameters checks what stands in the path and in the query.
func (d *discordChecks) parameters(o *operation, r request, path map[string]string) (wrong []violation) {
	known := make(map[string]bool)
	for _, p := range o.parameters {
		value, given := path[p.name], true
		if p.in == "query" {
			known[p.name] = true
			value, given = r.query.Get(p.name), r.query.Has(p.name)
		}
		at := fmt.Sprintf("the %s's %s", p.in, p.name)
		switch {
		case !given && p.required:
			wrong = append(wrong, violation{at, "it is required"})
		case given && !d.fits(p.schema, value):
			wrong = append(wrong, violation{at, "its value is of another form"})
		}
	}
	for _, name := range sorted(r.query) {
		if !known[name] {
			wrong = append(wrong, violation{"the query's " + name, unknownField})
		}
	}
	return wrong
}

// fits reports whether a text is a value by a schema, as itself or as JSON.
func (d *discordChecks) fits(pointer, text string) bool {
	schema := d.api.schema(pointer)
	if schema.Validate(text) == nil {
		return true
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	return err == nil && schema.Validate(value) == nil
}

// body checks the payload against its schema; files are fields of a form.
func (d *discordChecks) body(o *operation, sent payload) (wrong []violation) {
	if sent.kind == "" {
		if o.bodyRequired {
			return []violation{{"the body", "it is required"}}
		}
		return nil
	}
	schema, ok := o.bodies[sent.kind]
	if !ok {
		return []violation{{"Content-Type", "the operation does not take " + sent.kind}}
	}
	value := sent.value
	if fields, ok := value.(map[string]any); ok && len(sent.files) > 0 {
		form := make(map[string]any, len(fields)+len(sent.files))
		for name := range fields {
			form[name] = fields[name]
		}
		for _, name := range sent.files {
			form[name] = ""
		}
		value = form
	}
	for _, v := range conform(d.api.schema(schema), value) {
		if !allowed(o.id, v) {
			wrong = append(wrong, v)
		}
	}
	return wrong
}
