package imaging

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"kellybot/kelly"
)

// noise is a picture that compresses badly.
func noise(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	random := rand.NewPCG(3, 4)
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint64())
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

func sizeAt(tb testing.TB, img image.Image, quality int) int64 {
	tb.Helper()
	return int64(len(encoded(tb, func(w io.Writer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: quality}) })))
}

func TestTheHighestQualityThatFitsIsTaken(t *testing.T) {
	for name, img := range map[string]*image.RGBA{"photo": photo(256, 192), "noise": noise(128, 96)} {
		p := picture(t, pngFile(t, img))
		for _, quality := range []int{40, 41, 62, 75, 90, 98, 99, 100} {
			want := sizeAt(t, img, quality)
			limits := map[string]int64{"exactly": want}
			if quality < 100 {
				limits["one byte less than the next"] = sizeAt(t, img, quality+1) - 1
			} else {
				limits["more than any"] = math.MaxInt64
			}
			for which, limit := range limits {
				got, err := Fit(t.Context(), p, limit)
				if err != nil {
					t.Fatal(err)
				}
				if size := int64(len(got.Bytes())); size != want || got.Width != p.Width || got.Height != p.Height {
					t.Errorf("%s, quality %d, %s: %d bytes of %d allowed, want %d; %dx%d",
						name, quality, which, size, limit, want, got.Width, got.Height)
				}
			}
		}
	}
}

func TestWhatDoesNotFitBecomesSmallerAndUsesTheRoom(t *testing.T) {
	tests := map[string]struct {
		img   image.Image
		limit int64
	}{
		"one byte too much": {photo(600, 400), sizeAt(t, photo(600, 400), leastQuality) - 1},
		"photo":             {photo(600, 400), 6_000},
		"noise":             {noise(300, 200), 10_000},
		"tall":              {noise(20, 900), 4_000},
		"wide":              {noise(900, 20), 4_000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := picture(t, pngFile(t, test.img))
			got, err := Fit(t.Context(), p, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			size := int64(len(got.Bytes()))
			if size > test.limit || size < test.limit*8/10 {
				t.Errorf("%d bytes of %d allowed", size, test.limit)
			}
			if got.Width >= p.Width || got.Height >= p.Height {
				t.Errorf("%dx%d became %dx%d", p.Width, p.Height, got.Width, got.Height)
			}
			// The sides are whole pixels, so the ratio is right within one of them.
			if exact := float64(got.Width) * float64(p.Height) / float64(p.Width); math.Abs(exact-float64(got.Height)) > 1+float64(p.Height)/float64(p.Width) {
				t.Errorf("%dx%d became %dx%d", p.Width, p.Height, got.Width, got.Height)
			}
		})
	}
}

func TestASmallerPictureLooksTheSame(t *testing.T) {
	img := quarters(image.NewRGBA(image.Rect(0, 0, 480, 320)), red, green, blue, yellow)
	got, err := Fit(t.Context(), picture(t, pngFile(t, img)), sizeAt(t, img, leastQuality)-100)
	if err != nil {
		t.Fatal(err)
	}
	if got.Width >= 480 {
		t.Errorf("%dx%d", got.Width, got.Height)
	}
	wantQuarters(t, got, red, green, blue, yellow)
}

func TestASideLongerThanAJPEGsBecomesShorter(t *testing.T) {
	line := image.NewPaletted(image.Rect(0, 0, 70_000, 2), color.Palette{red, blue})
	got, err := Fit(t.Context(), picture(t, pngFile(t, line)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if got.Width != 65535 || got.Height != 1 {
		t.Errorf("%dx%d", got.Width, got.Height)
	}
}

func TestEveryLimitIsKeptOrNothingFits(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 64, 64))
	copy(grey.Pix, noise(64, 16).Pix)
	for name, img := range map[string]image.Image{
		"noise": noise(64, 48), "one row": noise(64, 1), "one pixel": noise(1, 1), "gray": grey,
	} {
		p := picture(t, pngFile(t, img))
		fitted := false
		for limit := int64(-1); limit < 1500; limit += 17 {
			got, err := Fit(t.Context(), p, limit)
			switch {
			case errors.Is(err, ErrNoFit):
				if fitted {
					t.Errorf("%s: nothing fits into %d, but into less", name, limit)
				}
			case err != nil:
				t.Fatal(err)
			default:
				fitted = true
				if size := int64(len(got.Bytes())); size > limit {
					t.Errorf("%s: %d bytes, more than %d", name, size, limit)
				}
			}
		}
		if !fitted {
			t.Errorf("%s: nothing fits", name)
		}
	}
}

func TestMoreThan20MegapixelsAreRefused(t *testing.T) {
	slot <- struct{}{} // said without waiting for one's turn
	defer func() { <-slot }()
	p := picture(t, pngFile(t, image.NewPaletted(image.Rect(0, 0, 5000, 4001), color.Palette{red})))
	if _, err := Fit(t.Context(), p, 1<<20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestTheResultOutlivesTheGivenPicture(t *testing.T) {
	file := pngFile(t, photo(64, 64))
	got, err := Fit(t.Context(), picture(t, file), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	clear(file)
	if _, err := jpeg.Decode(bytes.NewReader(got.Bytes())); err != nil {
		t.Error(err)
	}
}

// A watched context tells when it is waited on, and when it is asked whether
// it has ended, which work does all the time.
type watched struct {
	context.Context
	waiting, working func()
}

func (c watched) Done() <-chan struct{} {
	if c.waiting != nil {
		c.waiting()
	}
	return c.Context.Done()
}

func (c watched) Err() error {
	if c.working != nil {
		c.working()
	}
	return c.Context.Err()
}

func TestThereIsOnePictureAtATime(t *testing.T) {
	p := picture(t, pngFile(t, photo(128, 128)))
	var mu sync.Mutex
	var steps []int // whose
	var all, started sync.WaitGroup
	const pictures = 4
	started.Add(pictures)
	for i := range pictures {
		all.Go(func() {
			ctx := watched{
				Context: t.Context(),
				waiting: sync.OnceFunc(started.Done),
				working: func() {
					started.Wait() // until everybody wants the slot
					mu.Lock()
					defer mu.Unlock()
					steps = append(steps, i)
				},
			}
			if _, err := Fit(ctx, p, 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if turns := slices.Compact(slices.Clone(steps)); len(turns) != pictures || len(steps) < 10*pictures {
		t.Errorf("%d steps in the turns %v", len(steps), turns)
	}
}

func TestTheNextPictureWaitsForItsTurnOrItsContext(t *testing.T) {
	p := picture(t, pngFile(t, photo(64, 64)))
	slot <- struct{}{}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := Fit(watched{Context: ctx, waiting: func() { cancel(gone) }}, p, 1<<20)
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}

	waits, done := make(chan struct{}), make(chan error)
	go func() {
		_, err := Fit(watched{Context: t.Context(), waiting: sync.OnceFunc(func() { close(waits) })}, p, 1<<20)
		done <- err
	}()
	<-waits
	<-slot
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheEndOfTheContextEndsTheWork(t *testing.T) {
	img := noise(96, 96)
	for name, p := range map[string]*kelly.Picture{"PNG": picture(t, pngFile(t, img)), "JPEG": picture(t, jpegFile(t, img))} {
		count := 0
		if _, err := Fit(watched{Context: t.Context(), working: func() { count++ }}, p, 2_000); err != nil {
			t.Fatal(err)
		}
		gone := errors.New("gone")
		for stop := 1; stop <= count; stop++ {
			ctx, cancel := context.WithCancelCause(t.Context())
			at := 0
			_, err := Fit(watched{Context: ctx, working: func() {
				if at++; at == stop {
					cancel(gone)
				}
			}}, p, 2_000)
			if !errors.Is(err, gone) {
				t.Errorf("%s, ended at step %d of %d: got %v", name, stop, count, err)
			}
		}
		if count < 10 {
			t.Errorf("%s: asked only %d times", name, count)
		}
	}
}
