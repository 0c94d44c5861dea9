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

// sizeOfRatio returns the size of about area's pixels whose sides stand in
// the ratio s, such as 16:9.
func sizeOfRatio(s string, area Size) (size Size, ok bool) {
	w, h, ok := strings.Cut(s, ":")
	if !ok {
		return Size{}, false
	}
	width, ok := parseRatio(w)
	if !ok {
		return Size{}, false
	}
	height, ok := parseRatio(h)
	if !ok {
		return Size{}, false
	}
	pixels := float64(area.Width * area.Height)
	return Size{roundToStep(math.Sqrt(pixels * width / height)), roundToStep(math.Sqrt(pixels * height / width))}, true
}

func parseRatio(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n > 0 && n <= maxRatio
}

func roundToStep(side float64) int {
	return int(math.Round(side/ratioStep)) * ratioStep
}

// commonRatios are what completeSize offers.
var commonRatios = []string{"1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4"}

// completeSize offers the default size and common ratios of about its area.
func completeSize(cfg Config, typed string) []string {
	sizes := []string{cfg.Size.String()}
	for _, ratio := range commonRatios {
		size, ok := sizeOfRatio(ratio, cfg.Size)
		if ok && size.inRange(cfg.MaxSize) && !slices.Contains(sizes, size.String()) {
			sizes = append(sizes, size.String())
		}
	}
	if size, ok := ParseSize(typed); ok && size.inRange(cfg.MaxSize) {
		return []string{size.String()}
	}
	return complete(typed, sizes, maxChoices)
}
