package spec

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// An openAPI is Discord's description of its API. Schemas are compiled when
// they are first asked for: few of its operations are ever used.
type openAPI struct {
	operations []*operation

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by pointer
}

// An operation is a method and a path.
type operation struct {
	id             string // of the operation
	method, path   string // the latter with names in braces
	segments       []string
	parameters     []parameter
	bodies         map[string]string // the pointers to the schemas, by content type
	bodyRequired   bool
	asBot, openToo bool // it takes the bot's token; it needs none
}

type parameter struct {
	name, in string
	required bool
	schema   string // the pointer to it
}

const openAPIURL = "https://discord.invalid/openapi.json"

func readOpenAPI(content []byte) *openAPI {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		panic(discordFile + " is no JSON: " + err.Error())
	}
	api := &openAPI{schemas: make(map[string]*jsonschema.Schema), compiler: jsonschema.NewCompiler()}
	if err := api.compiler.AddResource(openAPIURL, parsed); err != nil {
		panic(discordFile + ": " + err.Error())
	}
	paths := dig(parsed, "paths")
	for path, item := range object(paths) {
		for method, described := range object(item) {
			if method != "parameters" {
				api.operations = append(api.operations, newOperation(strings.ToUpper(method), path, item, described))
			}
		}
	}
	return api
}

func newOperation(method, path string, item, described any) *operation {
	id, _ := dig(described, "operationId").(string)
	o := &operation{id: id, method: method, path: path, segments: strings.Split(path, "/"), bodies: make(map[string]string)}
	at := "/paths/" + escape(path)
	o.read(at+"/parameters", dig(item, "parameters"))
	at += "/" + strings.ToLower(method)
	o.read(at+"/parameters", dig(described, "parameters"))
	for kind := range object(dig(described, "requestBody", "content")) {
		o.bodies[kind] = at + "/requestBody/content/" + escape(kind) + "/schema"
	}
	o.bodyRequired, _ = dig(described, "requestBody", "required").(bool)
	security, _ := dig(described, "security").([]any)
	for _, way := range security {
		_, bot := object(way)["BotToken"]
		o.asBot = o.asBot || bot
		o.openToo = o.openToo || len(object(way)) == 0
	}
	return o
}

func (o *operation) read(at string, parameters any) {
	list, _ := parameters.([]any)
	for n, p := range list {
		read := parameter{schema: at + "/" + index(n) + "/schema"}
		read.name, _ = dig(p, "name").(string)
		read.in, _ = dig(p, "in").(string)
		read.required, _ = dig(p, "required").(bool)
		o.parameters = append(o.parameters, read)
	}
}

// find returns the operation that a request means, or nil, and what stands in
// the places of the path's names.
func (api *openAPI) find(method, path string) (*operation, map[string]string) {
	segments := strings.Split(path, "/")
	var best *operation
	var values map[string]string
	for _, o := range api.operations {
		if o.method != method || len(o.segments) != len(segments) {
			continue
		}
		names := make(map[string]string)
		fits := true
		for n, segment := range o.segments {
			if strings.HasPrefix(segment, "{") {
				names[strings.Trim(segment, "{}")] = segments[n]
			} else {
				fits = fits && segment == segments[n]
			}
		}
		// A word fits better than a name: "@original" is no message's id.
		if fits && (best == nil || len(names) < len(values)) {
			best, values = o, names
		}
	}
	return best, values
}

// schema compiles what a pointer points to.
func (api *openAPI) schema(pointer string) *jsonschema.Schema {
	api.mu.Lock()
	defer api.mu.Unlock()
	if api.schemas[pointer] == nil {
		compiled, err := api.compiler.Compile(openAPIURL + "#" + pointer)
		if err != nil {
			panic(discordFile + ": " + err.Error())
		}
		api.schemas[pointer] = compiled
	}
	return api.schemas[pointer]
}

func object(value any) map[string]any {
	fields, _ := value.(map[string]any)
	return fields
}

// dig returns the value of a field of a field …, or nil.
func dig(value any, names ...string) any {
	for _, name := range names {
		value = object(value)[name]
	}
	return value
}

func sorted[V any](fields map[string]V) []string { return slices.Sorted(maps.Keys(fields)) }
