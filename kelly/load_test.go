package kelly_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

func TestAKeptPictureIsLoadedIntoABudget(t *testing.T) {
	file := kellytest.Picture("a red fox", "PhotoPerfect", 64, 96)
	budget := kelly.NewBudget(len(file))
	first, err := budget.Load(t.Context(), bytes.NewReader(file), int64(len(file)))
	if err != nil || !bytes.Equal(first.Bytes(), file) || first.Width != 64 || first.Height != 96 || first.Format != kelly.PNG {
		t.Fatalf("loaded %+v, %v", first, err)
	}
	// The budget is used up until the first is released.
	full, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := budget.Load(full, bytes.NewReader(file), int64(len(file))); !errors.Is(err, context.Canceled) {
		t.Errorf("beyond the budget: %v", err)
	}
	first.Release()
	for name, c := range map[string]struct {
		text string
		size int64
		want error
	}{
		"no picture":           {"words", 5, kelly.ErrInvalidContent},
		"shorter than said":    {"words", 6, io.ErrUnexpectedEOF},
		"more than the budget": {"", int64(len(file)) + 1, kelly.ErrTooLarge},
		"nothing":              {"", 0, kelly.ErrInvalidContent},
	} {
		if _, err := budget.Load(t.Context(), strings.NewReader(c.text), c.size); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	again, err := budget.Load(t.Context(), bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("after failures: %v", err)
	}
	again.Release()
}
