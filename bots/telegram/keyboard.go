package telegram

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"kellybot/commands"
)

// What of the buttons that stand side by side phones can show: the clients
// give all of a row the same width, and cut labels that are wider.
const (
	rowLength = 40 // characters
	maxInRow  = 5
)

// keyboard is the buttons as JSON, for reply_markup. What they send when they
// are pressed may have 64 bytes.
func keyboard(buttons []commands.Button) string {
	type button struct {
		Text string `json:"text"`
		Data string `json:"callback_data"`
	}
	var rows [][]button
	for _, group := range groups(buttons) {
		for chunk := range slices.Chunk(group, inRow(group)) {
			var row []button
			for _, b := range chunk {
				row = append(row, button{b.Label, b.Command + ":" + b.ID})
			}
			rows = append(rows, row)
		}
	}
	return marked(map[string]any{"inline_keyboard": rows})
}

// groups are the buttons that may share a row.
func groups(buttons []commands.Button) (groups [][]commands.Button) {
	start := 0
	for i := range buttons {
		if i > start && buttons[i].Break {
			groups, start = append(groups, buttons[start:i]), i
		}
	}
	return append(groups, buttons[start:])
}

// inRow is how many of the buttons stand in each row, so that none is cut and
// the rows are alike.
func inRow(buttons []commands.Button) int {
	longest := 1
	for _, b := range buttons {
		longest = max(longest, utf8.RuneCountInString(b.Label))
	}
	most := max(1, min(maxInRow, rowLength/longest))
	rows := (len(buttons) + most - 1) / most
	return (len(buttons) + rows - 1) / rows
}

// marked is a reply_markup.
func marked(markup map[string]any) string {
	b, err := json.Marshal(markup)
	if err != nil {
		panic(err) // it is strings and truth values
	}
	return string(b)
}
