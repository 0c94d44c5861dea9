package playground

import (
	"net/url"

	"kellybot/bots"
	"kellybot/commands"
)

// spans is the text as the page gets it, cut to limit. It is data, of which
// the page makes nothing but text.
func spans(text commands.Text, limit int) []span {
	all := []span{}
	markup := bots.Markup{Span: func(s commands.Span) string {
		one := span{Text: s.Text, Bold: s.Style == commands.Bold, Code: s.Style == commands.Code}
		if target, err := url.Parse(s.URL); err == nil && (target.Scheme == "https" || target.Scheme == "http") {
			one.URL = target.String()
		}
		if !s.At.IsZero() {
			one.At = s.At.UnixMilli()
		}
		all = append(all, one)
		return s.Text
	}}
	markup.Render(text, limit)
	return all
}

// rows are the buttons as they stand below a message.
func rows(buttons []commands.Button) [][]button {
	var all [][]button
	for _, b := range buttons {
		if b.Break || len(all) == 0 {
			all = append(all, nil)
		}
		last := len(all) - 1
		all[last] = append(all[last], button{b.Label, b.Command, b.ID})
	}
	return all
}

// asked is the form as the page gets it, or nil.
func asked(of *commands.Form) *form {
	if of == nil {
		return nil
	}
	f := &form{Title: of.Title, Command: of.Command, ID: of.ID, Fields: []field{}}
	for _, one := range of.Fields {
		f.Fields = append(f.Fields, field{one.Name, one.Label, one.Value, one.Long})
	}
	return f
}
