package spec

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// conform holds a value against a schema: it must be valid, and have no field
// that the schema does not know. Schemas by themselves allow such fields.
func conform(schema *jsonschema.Schema, value any) []violation {
	var wrong []violation
	if failed, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(value)); ok {
		for _, leaf := range leaves(failed) {
			_, what, _ := strings.Cut(leaf.Error(), ": ")
			wrong = append(wrong, violation{pointer(leaf.InstanceLocation), what})
		}
	}
	return append(wrong, unknown([]*jsonschema.Schema{schema}, value, "")...)
}

// leaves returns what is wrong in itself. Where a value fits none of several
// schemas, it is what is wrong by the one that was probably meant.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all [][]*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause))
	}
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		return slices.MinFunc(all, func(a, b []*jsonschema.ValidationError) int {
			return distance(a, e.InstanceLocation) - distance(b, e.InstanceLocation)
		})
	}
	return slices.Concat(all...)
}

// distance is how little a value seems to be meant by a schema that it breaks
// in these ways: one that is of another type, or has another "type", is not.
func distance(broken []*jsonschema.ValidationError, at []string) int {
	n := len(broken)
	for _, leaf := range broken {
		location := leaf.InstanceLocation
		if len(location) == len(at) || len(location) == len(at)+1 && location[len(at)] == "type" {
			n += 1000
		}
	}
	return n
}

// unknown returns the fields of a value, and of all in it, that no schema
// knows of those that apply.
func unknown(schemas []*jsonschema.Schema, value any, at string) (wrong []violation) {
	var applying []*jsonschema.Schema
	for _, s := range schemas {
		applying = append(applying, expand(s, value)...)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sorted(value) {
			at := at + "/" + escape(name)
			of, known := fields(applying, name)
			if !known {
				wrong = append(wrong, violation{at, unknownField})
				continue
			}
			wrong = append(wrong, unknown(of, value[name], at)...)
		}
	case []any:
		var of []*jsonschema.Schema
		for _, s := range applying {
			if s.Items2020 != nil {
				of = append(of, s.Items2020)
			}
		}
		for n, item := range value {
			wrong = append(wrong, unknown(of, item, at+"/"+index(n))...)
		}
	}
	return wrong
}

const unknownField = "a field that the specification lacks"

// fields returns the schemas of a field, and whether there is such a field.
func fields(schemas []*jsonschema.Schema, name string) (of []*jsonschema.Schema, known bool) {
	for _, s := range schemas {
		if field := s.Properties[name]; field != nil {
			of, known = append(of, field), true
			continue
		}
		switch more := s.AdditionalProperties.(type) {
		case *jsonschema.Schema:
			of, known = append(of, more), true
		case bool:
			known = known || more
		}
	}
	return of, known
}

// expand returns a schema and those that it is made of, as far as they apply
// to the value. Where none of several does, that is reported elsewhere.
func expand(s *jsonschema.Schema, value any) []*jsonschema.Schema {
	all := []*jsonschema.Schema{s}
	if s.Ref != nil {
		all = append(all, expand(s.Ref, value)...)
	}
	for _, part := range s.AllOf {
		all = append(all, expand(part, value)...)
	}
	for _, choice := range [][]*jsonschema.Schema{s.OneOf, s.AnyOf} {
		fitting := slices.DeleteFunc(slices.Clone(choice), func(s *jsonschema.Schema) bool { return s.Validate(value) != nil })
		if len(fitting) == 0 {
			fitting = choice
		}
		for _, part := range fitting {
			all = append(all, expand(part, value)...)
		}
	}
	return all
}

func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + escape(name))
	}
	return b.String()
}

// escape makes a name a part of a JSON pointer.
func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

func index(n int) string { return strconv.Itoa(n) }
