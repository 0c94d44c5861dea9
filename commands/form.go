package commands

// Line is the command line that asks for what the form does as it is filled,
// for platforms where people change a line instead; "" while nothing stands in
// the field of the text.
func (f Form) Line() string {
	line, options := "", ""
	for _, field := range f.Fields {
		switch {
		case field.Value == "":
		case field.Flag == "":
			line = "/" + f.Command + " " + literally(field.Value)
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
