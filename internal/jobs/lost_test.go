package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
)

func TestAPictureOfALostMachineIsDrawnAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	var once sync.Once
	w.set(func() {
		w.deliver = func(commands.Address) error {
			var err error
			once.Do(func() {
				w.losePictures("a0")
				err = errors.New("502")
			})
			return err
		}
	})
	w.accept("a", "a0")
	w.answered("a0")
	if n := w.times("a0"); n != 2 {
		t.Errorf("drawn %d times", n)
	}
}

func TestAPictureWhoseFileIsLostEachTimeIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.deliver = func(commands.Address) error {
			if pictures, err := w.Store.Pictures(context.Background(), "a0"); err != nil || len(pictures) == 0 {
				return err // the words
			}
			w.losePictures("a0")
			return errors.New("502")
		}
	})
	w.accept("a", "a0")
	for lost := range 1 + maxLost {
		try := 2*lost + 1 // between them lies the one that misses the file
		w.wait("the delivery that fails", func() bool { return strings.Contains(w.log.String(), fmt.Sprintf(" try=%d ", try)) })
		if err := w.goOn(t.Context(), deliverID(run{ID: "a0", Round: try})); err != nil {
			t.Fatal(err)
		}
		if lost == maxLost {
			break
		}
		w.wait("the next drawing", func() bool { return strings.Count(w.log.String(), "it is drawn again") > lost })
		if err := w.goOn(t.Context(), generateID("a0", lost+1)); err != nil {
			t.Fatal(err)
		}
	}
	w.failed("a0", "has no room for pictures")
	if n := w.times("a0"); n != 1+maxLost {
		t.Errorf("drawn %d times", n)
	}
}

func TestAPlatformThatMissesAFileOfItsOwnCostsNoDrawing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	tries := 0
	w.set(func() {
		w.deliver = func(commands.Address) error {
			if tries++; tries > 2 {
				return nil
			}
			return fmt.Errorf("write down what is shown: %w", fs.ErrNotExist)
		}
	})
	w.accept("a", "a0")
	w.answered("a0")
	if n := w.times("a0"); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}
