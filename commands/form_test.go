package commands

import "testing"

func TestAFormIsALineThatSaysTheSame(t *testing.T) {
	options := []Option{
		{Name: "negative", Flag: "no", Words: true}, {Name: "model", Flag: "model"}, {Name: "size", Flag: "size"}, optionID(),
	}
	form := Form{Command: "imagine", ID: exampleID, Fields: []Field{
		{Value: `a "red" fox \--model x`},
		options[0].field(Field{Value: "text, people --size 1"}), options[1].field(Field{Value: "Photo Perfect"}), options[2].field(Field{}),
	}}
	name, _, rest, ok := ParseLine(form.Line())
	text, values, err := parseOptions(name, rest, options)
	if !ok || err != nil || name != "imagine" || text != `a "red" fox --model x` || len(values) != 3 ||
		values["negative"] != "text, people --size 1" || values["model"] != "Photo Perfect" || values["id"] != exampleID {
		t.Errorf("%s says %q, %q, %v", form.Line(), text, values, err)
	}
	form.Fields[0].Value = ""
	if line := form.Line(); line != "" {
		t.Errorf("without a text it says %s", line)
	}
}
