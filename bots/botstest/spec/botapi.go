package spec

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parameters holds a call against the description of its method.
func (api *botAPI) parameters(method described, sent call) (wrong []violation) {
	known := make(map[string]bool)
	for _, f := range method.Fields {
		known[f.Name] = true
		value, given := sent.values[f.Name]
		switch {
		case sent.files[f.Name]:
			if !slices.Contains(f.Types, "InputFile") {
				wrong = append(wrong, violation{f.Name, "a file where none can be"})
			}
			continue
		case !given:
			if f.Required {
				wrong = append(wrong, violation{f.Name, "it is required"})
			}
			continue
		}
		parsed, ok := value.as(f.Types)
		if !ok {
			wrong = append(wrong, violation{f.Name, "it is not " + strings.Join(f.Types, " or ")})
			continue
		}
		mode := sent.values["parse_mode"].text
		wrong = append(wrong, api.value(f, parsed, f.Name, mode)...)
		wrong = append(wrong, attached(parsed, f.Name, sent.files)...)
	}
	for _, name := range slices.Concat(sorted(sent.values), sorted(sent.files)) {
		if !known[name] && !strings.HasPrefix(name, "file") { // what attach:// names
			wrong = append(wrong, violation{name, "a parameter that the specification lacks"})
		}
	}
	return wrong
}

// as returns the value by one of the types: as a text it stands for whatever
// can be written as one.
func (v value) as(types []string) (any, bool) {
	if v.parsed != nil {
		return v.parsed, true
	}
	for _, t := range types {
		switch t {
		case "String", "InputFile": // the latter by its id or its address
			return v.text, true
		case "Integer", "Float":
			if _, err := strconv.ParseFloat(v.text, 64); err == nil {
				return json.Number(v.text), true
			}
		case "Boolean":
			if v.text == "true" || v.text == "false" {
				return v.text == "true", true
			}
		default:
			if parsed, err := decode([]byte(v.text)); err == nil {
				return parsed, true
			}
		}
	}
	return nil, false
}

// value checks a value against the types that a field may have, and the
// limits that its description names. mode is how a text at hand is parsed.
func (api *botAPI) value(f field, value any, at, mode string) []violation {
	var best []violation
	for n, t := range f.Types {
		wrong := api.typed(t, value, at)
		if len(wrong) == 0 {
			return limits(f, value, at, mode)
		}
		if n == 0 || len(wrong) < len(best) {
			best = wrong
		}
	}
	return best
}

// typed checks a value against one type.
func (api *botAPI) typed(t string, value any, at string) (wrong []violation) {
	fits := false
	switch t {
	case "String", "InputFile":
		_, fits = value.(string)
	case "Boolean":
		_, fits = value.(bool)
	case "Float":
		_, fits = value.(json.Number)
	case "Integer":
		number, _ := value.(json.Number)
		_, err := number.Int64()
		fits = err == nil
	default:
		if item, ok := strings.CutPrefix(t, "Array of "); ok {
			return api.array(item, value, at)
		}
		return api.object(t, value, at)
	}
	if !fits {
		return []violation{{at, "it is not " + t}}
	}
	return nil
}

func (api *botAPI) array(item string, value any, at string) (wrong []violation) {
	list, ok := value.([]any)
	if !ok {
		return []violation{{at, "it is no array"}}
	}
	for n, value := range list {
		wrong = append(wrong, api.typed(item, value, at+"/"+index(n))...)
	}
	return wrong
}

// object checks an object field by field; one of several types is checked
// against that to which it comes nearest.
func (api *botAPI) object(name string, value any, at string) []violation {
	fields, ok := value.(map[string]any)
	if !ok {
		return []violation{{at, "it is not " + name}}
	}
	t := api.Types[name]
	if len(t.Subtypes) > 0 {
		var best []violation
		for n, subtype := range t.Subtypes {
			if wrong := api.object(subtype, value, at); n == 0 || len(wrong) < len(best) {
				best = wrong
			}
		}
		return best
	}
	var wrong []violation
	known := make(map[string]bool)
	mode, _ := fields["parse_mode"].(string)
	for _, f := range t.Fields {
		known[f.Name] = true
		value, given := fields[f.Name]
		switch {
		case given:
			wrong = append(wrong, api.value(f, value, at+"/"+f.Name, mode)...)
		case f.Required:
			wrong = append(wrong, violation{at + "/" + f.Name, "it is required"})
		}
	}
	for _, given := range sorted(fields) {
		if !known[given] {
			wrong = append(wrong, violation{at + "/" + given, "a field that the specification lacks in " + name})
		}
	}
	return wrong
}

// The limits that descriptions name, in their words.
var (
	lengthLimit = regexp.MustCompile(`(\d+)-(\d+) (characters|bytes)`)
	valueLimit  = regexp.MustCompile(`[Vv]alues between (\d+)-(\d+) are accepted`)
	itemsLimit  = regexp.MustCompile(`[Aa]t most (\d+) \w+ can be specified`)
	onlyValue   = regexp.MustCompile(`must be ([a-z_]+)$`)
	oneValue    = regexp.MustCompile(`[Mm]ust be one of (".*)`)
	quoted      = regexp.MustCompile(`"([^"]+)"`)
)

// limits checks what a field's description says of its value.
func limits(f field, value any, at, mode string) (wrong []violation) {
	broken := func(is bool, limit string) {
		if is {
			wrong = append(wrong, violation{at, "the specification says: " + limit})
		}
	}
	switch value := value.(type) {
	case string:
		if limit := lengthLimit.FindStringSubmatch(f.Description); limit != nil {
			n := len(value)
			if limit[3] == "characters" {
				if !strings.Contains(f.Description, "after entit") {
					mode = ""
				}
				n = characters(read(value, mode))
			}
			broken(n < atoi(limit[1]) || n > atoi(limit[2]), fmt.Sprintf("%s, and it has %d", limit[0], n))
		}
		if only := onlyValue.FindStringSubmatch(f.Description); only != nil {
			broken(value != only[1], only[0])
		}
		if one := oneValue.FindStringSubmatch(f.Description); one != nil {
			broken(!slices.ContainsFunc(quoted.FindAllStringSubmatch(one[1], -1), func(q []string) bool { return q[1] == value }), one[0])
		}
	case json.Number:
		if limit := valueLimit.FindStringSubmatch(f.Description); limit != nil {
			n := atoi(value.String())
			broken(n < atoi(limit[1]) || n > atoi(limit[2]), limit[0])
		}
	case []any:
		if limit := itemsLimit.FindStringSubmatch(f.Description); limit != nil {
			broken(len(value) > atoi(limit[1]), limit[0])
		}
	}
	return wrong
}

var htmlTag = regexp.MustCompile(`<[^>]*>`)

// read returns a text of a parse mode as people read it. Of those only HTML is
// known.
func read(text, mode string) string {
	if !strings.EqualFold(mode, "HTML") {
		return text
	}
	return html.UnescapeString(htmlTag.ReplaceAllString(text, ""))
}

// attached checks that what a value wants to attach is there.
func attached(value any, at string, files map[string]bool) (wrong []violation) {
	switch value := value.(type) {
	case string:
		if name, ok := strings.CutPrefix(value, "attach://"); ok && !files[name] {
			wrong = append(wrong, violation{at, "the file that it attaches is not in the form"})
		}
	case []any:
		for n, item := range value {
			wrong = append(wrong, attached(item, at+"/"+index(n), files)...)
		}
	case map[string]any:
		for _, name := range sorted(value) {
			wrong = append(wrong, attached(value[name], at+"/"+name, files)...)
		}
	}
	return wrong
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // digits, by the patterns
	return n
}
