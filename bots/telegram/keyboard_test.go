package telegram_test

import (
	"fmt"
	"strings"
	"testing"

	"kellybot/commands"
)

func TestButtonsStandInRowsThatPhonesShow(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	for _, c := range []struct {
		name   string
		labels string // "|" begins a row
		want   string // how many stand in each row
	}{
		{"short ones are in one row", "🔁 Again,✏️ Edit,ℹ️ Details,🗑️ Delete", "[4]"},
		{"a row has five at most", "1,2,3,4,5,6,7", "[4 3]"},
		{"a row that begins by itself", "🔁 Again,|🔍 Upscale,📄 File", "[1 2]"},
		{"long ones are not cut", "🔍 Upscale,✂️ Remove background,📄 File", "[2 1]"},
		{"those with numbers are alike", "🔍 Upscale 1,🔍 Upscale 2,🔍 Upscale 3,🔍 Upscale 4", "[2 2]"},
		{"one a row, where they are that long", "✂️ Remove background 1,✂️ Remove background 2", "[1 1]"},
		{"one longer than a row", strings.Repeat("x", 60), "[1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply := words("a fox")
			for label := range strings.SplitSeq(c.labels, ",") {
				name, begins := strings.CutPrefix(label, "|")
				reply.Buttons = append(reply.Buttons, commands.Button{Label: name, Command: "show", ID: "k3v9", Break: begins})
			}
			if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
				t.Fatal(err)
			}
			sent := s.Sent()
			var got []int
			for _, row := range sent[len(sent)-1].Buttons {
				got = append(got, len(row))
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("the rows have %v, want %s", got, c.want)
			}
		})
	}
}
