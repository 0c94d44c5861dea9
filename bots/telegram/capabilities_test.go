package telegram

import (
	"testing"

	"kellybot/kelly"
)

func TestAPictureTakesTheBestFormThatTelegramAllows(t *testing.T) {
	for _, c := range []struct {
		name          string
		format        kelly.Format
		width, height int
		bytes         int64
		want          form
	}{
		{"an ordinary picture", kelly.PNG, 1024, 1024, 2 << 20, asPhoto},
		{"JPEG", kelly.JPEG, 1024, 1024, 2 << 20, asPhoto},
		{"WebP", kelly.WebP, 1024, 1024, 2 << 20, asPhoto},
		{"GIF", kelly.GIF, 1024, 1024, 2 << 20, asDocument},
		{"10 MB", kelly.PNG, 1024, 1024, 10 << 20, asPhoto},
		{"a byte more than 10 MB", kelly.PNG, 1024, 1024, 10<<20 + 1, asDocument},
		{"sides of 10000 together", kelly.PNG, 5000, 5000, 1, asPhoto},
		{"sides of 10001 together", kelly.PNG, 5001, 5000, 1, asDocument},
		{"twenty times as wide as high", kelly.PNG, 2000, 100, 1, asPhoto},
		{"still wider", kelly.PNG, 2001, 100, 1, asDocument},
		{"more than twenty times as high as wide", kelly.PNG, 100, 2001, 1, asDocument},
		{"50 MB", kelly.PNG, 1024, 1024, 50 << 20, asDocument},
		{"a byte more than 50 MB", kelly.PNG, 1024, 1024, 50<<20 + 1, inWords},
	} {
		if got := formFor(c.format.ContentType(), c.width, c.height, c.bytes); got != c.want {
			t.Errorf("%s: form %d, want %d", c.name, got, c.want)
		}
	}
}
