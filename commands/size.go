package commands

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MinSize is the least width and height that is accepted, in pixels.
const MinSize = 64

// A Size is a picture's width and height in pixels.
type Size struct{ Width, Height int }

func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// inRange reports whether both sides are from MinSize to maximum.
func (s Size) inRange(maximum int) bool {
	return min(s.Width, s.Height) >= MinSize && max(s.Width, s.Height) <= maximum
}

// follow is the size of a picture made of one of the size s: the same, or as
// large as both bounds and the ratio allow.
func follow(s Size, maximum int) Size {
	scale := 1.0
	if longer := max(s.Width, s.Height); longer > maximum {
		scale = float64(maximum) / float64(longer)
	}
	if shorter := float64(min(s.Width, s.Height)) * scale; shorter < MinSize {
		scale *= MinSize / shorter
	}
	side := func(n int) int {
		return min(max(int(math.Round(float64(n)*scale/ratioStep))*ratioStep, MinSize), maximum)
	}
	return Size{side(s.Width), side(s.Height)}
}

// resembles reports whether s has about the ratio of the other.
func (s Size) resembles(other Size) bool {
	a, b := float64(s.Width)*float64(other.Height), float64(s.Height)*float64(other.Width)
	return max(a, b) < 1.5*min(a, b)
}

// separators are what people type between width and height, the last of them
// Cyrillic.
var separators = strings.NewReplacer("X", "x", "×", "x", "*", "x", "х", "x", "Х", "x")

// ParseSize reads a size such as 768x512. It does not look at the range.
func ParseSize(s string) (size Size, ok bool) {
	width, height, ok := strings.Cut(separators.Replace(s), "x")
	if !ok {
		return Size{}, false
	}
	if size.Width, ok = parseSide(width); !ok {
		return Size{}, false
	}
	size.Height, ok = parseSide(height)
	return size, ok
}

// parseSide reads digits alone; a number that no picture has is cut to one
// that is still out of every range.
func parseSide(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		n = math.MaxInt32
	}
	return n, true
}

// maxRatio bounds the numbers of an aspect ratio.
const maxRatio = 10000

// ratioStep is what both sides of a size made from a ratio are a multiple of,
// in pixels: models of the Stable Diffusion family work on 8-pixel cells.
const ratioStep = 8

// ratioSeparators are what people type between the numbers of a ratio.
var ratioSeparators = strings.NewReplacer(":", "x", "/", "x")

// parseRatio reads an aspect ratio such as 16:9, as the width over the height.
func parseRatio(s string) (ratio float64, ok bool) {
	w, h, ok := strings.Cut(ratioSeparators.Replace(separators.Replace(s)), "x")
	if !ok {
		return 0, false
	}
	width, ok := parseShare(w)
	if !ok {
		return 0, false
	}
	height, ok := parseShare(h)
	return width / height, ok
}

// isRatio reports whether s is an aspect ratio, and cannot be meant as a size.
func isRatio(s string) bool {
	_, ratio := parseRatio(s)
	_, size := ParseSize(s)
	return ratio && !size
}

func parseShare(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n > 0 && n <= maxRatio
}

// sizeOfRatio returns the size of about area's pixels whose width over height
// is ratio, made smaller or larger where its sides are not within MinSize and
// maximum. false means that none is.
func sizeOfRatio(ratio float64, area Size, maximum int) (size Size, ok bool) {
	pixels := float64(area.Width * area.Height)
	width, height := math.Sqrt(pixels*ratio), math.Sqrt(pixels/ratio)
	if shorter := min(width, height); shorter < MinSize {
		width, height = width*MinSize/shorter, height*MinSize/shorter
	}
	if longer, most := max(width, height), float64(maximum); longer > most {
		width, height = width*most/longer, height*most/longer
	}
	size = Size{toStep(width, maximum), toStep(height, maximum)}
	return size, size.inRange(maximum)
}

// toStep rounds a side, and down where it would exceed the maximum.
func toStep(side float64, maximum int) int {
	return min(int(math.Round(side/ratioStep)), maximum/ratioStep) * ratioStep
}

// commonRatios are what people are offered.
var commonRatios = []string{"1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4"}

// ratios returns the common ratios that fit, and the size of each.
func ratios(cfg Config) (names []string, sizes []Size) {
	for _, name := range commonRatios {
		ratio, _ := parseRatio(name)
		if size, ok := sizeOfRatio(ratio, cfg.Size, cfg.MaxSize); ok {
			names, sizes = append(names, name), append(sizes, size)
		}
	}
	return names, sizes
}

// exampleSize is a size for a sentence: one that is accepted.
func exampleSize(cfg Config) string {
	if example := (Size{768, 512}); example.inRange(cfg.MaxSize) {
		return example.String()
	}
	return cfg.Size.String()
}

// exampleRatio is a ratio for a sentence: one that is accepted.
func exampleRatio(cfg Config) string {
	if _, ok := sizeOfRatio(16.0/9, cfg.Size, cfg.MaxSize); ok {
		return "16:9"
	}
	return "1:1"
}

// completeSize offers the default size and common ratios of about its area.
func completeSize(cfg Config, typed string) []string {
	if size, ok := ParseSize(typed); ok && size.inRange(cfg.MaxSize) {
		return []string{size.String()}
	}
	offered := []string{cfg.Size.String()}
	_, sizes := ratios(cfg)
	for _, size := range sizes {
		if !slices.Contains(offered, size.String()) {
			offered = append(offered, size.String())
		}
	}
	return complete(typed, offered, maxChoices)
}

// completeRatio offers the common ratios, and what is typed when it is one.
func completeRatio(cfg Config, typed string) []string {
	names, _ := ratios(cfg)
	offered := complete(typed, names, maxChoices)
	typed = strings.TrimSpace(typed)
	if ratio, ok := parseRatio(typed); ok && !slices.Contains(offered, typed) {
		if _, fits := sizeOfRatio(ratio, cfg.Size, cfg.MaxSize); fits {
			offered = append([]string{typed}, offered...)
		}
	}
	return offered
}
