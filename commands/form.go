package commands

// Asks is the command, and its option id or "", that the text is for where a
// platform asks for no more than that. What the other fields hold is kept then.
func (f Form) Asks() (command, id string) {
	if f.Changes != "" {
		return "change", f.Changes
	}
	return f.Command, f.ID
}

// Line is the command line that asks for what the form does as it is filled,
// for platforms where people change a line instead; "" while nothing stands in
// the field of the text.
func (f Form) Line() string {
	if f.line != "" {
		return f.line
	}
	line, options := "", ""
	for _, field := range f.Fields {
		switch {
		case field.Value == "" && field.whole:
			options += noWords
		case field.Value == "":
		case field.Flag == "":
			line = "/" + f.Command + " " + field.Value
		case field.Long:
			options += " --" + field.Flag + " " + literally(field.Value)
		default:
			options += " --" + field.Flag + " " + quoted(field.Value)
		}
	}
	if line == "" {
		return ""
	}
	if f.ID != "" {
		options += " --" + optionID().Flag + " " + f.ID
	}
	return line + options
}
