package bots

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"kellybot/commands"
)

// Markup is how a platform writes structured text.
type Markup struct {
	// Span writes one span, escaped and in its style.
	Span func(commands.Span) string
	// Raw says that a platform's limit counts the markup too. Otherwise it
	// counts what people read.
	Raw bool
}

// Render writes the text in the platform's markup within limit, counted in
// UTF-16 units, which no platform counts higher. What does not fit is cut off
// the spans that allow it, last one first, and only then off the end.
func (m Markup) Render(text commands.Text, limit int) string {
	if m.length(text) > limit {
		text = m.fit(text, limit)
	}
	var b strings.Builder
	for _, span := range text {
		if span.Text != "" {
			b.WriteString(m.Span(span))
		}
	}
	return b.String()
}

func (m Markup) length(text commands.Text) int {
	n := 0
	for _, span := range text {
		if span.Text == "" {
			continue
		}
		s := span.Text
		if m.Raw {
			s = m.Span(span)
		}
		n += UTF16Len(s)
	}
	return n
}

func (m Markup) fit(text commands.Text, limit int) commands.Text {
	text = append(commands.Text(nil), text...)
	for _, cuttable := range []bool{true, false} {
		for i := len(text) - 1; i >= 0; i-- {
			if cuttable && !text[i].Cut {
				continue
			}
			whole := text[i].Text
			ends := runeEnds(whole)
			// The first length that is too long; one less is the longest that fits.
			n := sort.Search(len(ends), func(n int) bool {
				text[i].Text = cut(whole, ends[n])
				return m.length(text) > limit
			})
			if n > 0 {
				text[i].Text = cut(whole, ends[n-1])
				return text
			}
			text[i].Text = ""
		}
	}
	return text
}

// runeEnds returns the byte offsets after 0, 1, 2 ... runes of s.
func runeEnds(s string) []int {
	ends := make([]int, 0, len(s)+1)
	for i := range s {
		ends = append(ends, i)
	}
	return append(ends, len(s))
}

// cut shortens s to its first n bytes and an ellipsis, without leaving half
// of a combined character behind.
func cut(s string, n int) string {
	if n == len(s) {
		return s
	}
	for n > 0 {
		next, _ := utf8.DecodeRuneInString(s[n:])
		last, size := utf8.DecodeLastRuneInString(s[:n])
		if !joins(next) && last != zeroWidthJoiner {
			break
		}
		n -= size
	}
	return strings.TrimRightFunc(s[:n], unicode.IsSpace) + "…"
}

const zeroWidthJoiner = '\u200d'

// joins reports whether r belongs to the character before it.
func joins(r rune) bool {
	return r == zeroWidthJoiner || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Variation_Selector) ||
		r >= 0x1F3FB && r <= 0x1F3FF // skin tones
}

// UTF16Len is the length of s in UTF-16 units, as Discord and Telegram count.
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
