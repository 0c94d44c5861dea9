package kelly

import (
	"bytes"
	"strconv"

	"github.com/segmentio/asm/base64"
)

// held is what decodeBase64 leaves of a text that goes on: room for padding
// and for an escape sequence that is not complete yet.
const held = 12

// decodeBase64 decodes text, which must be base64 and nothing else, and says
// how much of it was used: all of it when it is the last piece.
func decodeBase64(memory, text []byte, last bool) (n, used int, err error) {
	used = len(text)
	if last {
		text = bytes.TrimRight(text, "=")
		if used-len(text) > 2 {
			return 0, 0, errNotBase64
		}
	} else {
		used = max(0, used-held) &^ 3
		text = text[:used]
	}
	want := base64.RawStdEncoding.DecodedLen(len(text))
	if want > len(memory) {
		return 0, 0, errTooLong
	}
	// The decoder passes over line breaks by itself, and is then out of step
	// with our pieces: what falls short is no success.
	n, err = base64.RawStdEncoding.Decode(memory, text)
	if err != nil || n != want {
		return 0, 0, errNotBase64
	}
	return n, used, nil
}

// clean removes from the next n unread bytes what base64 in JSON may be written
// with: escapes, white space, and the URL-safe alphabet. It leaves the front
// of an escape that is cut off at the end.
func (s *scanner) clean(n int) error {
	text := s.buf[s.pos : s.pos+n]
	out := text[:0]
	in := 0
	for in < len(text) {
		c, size := text[in], 1
		if c == '\\' {
			if c, size = unescape(text[in:]); size == 0 {
				break
			}
		}
		in += size
		switch c {
		case ' ', '\t', '\r', '\n':
		case '-':
			out = append(out, '+')
		case '_':
			out = append(out, '/')
		case '"':
			return errNotBase64
		default:
			out = append(out, c)
		}
	}
	keep := s.pos + len(out)
	s.end = keep + copy(s.buf[keep:], s.buf[s.pos+in:s.end])
	return nil
}

// unescape reads the JSON escape at the start of text. The size is 0 when the
// text ends within it, and the character '"' when it is none of base64's.
func unescape(text []byte) (c byte, size int) {
	const other = '"'
	if len(text) < 2 {
		return 0, 0
	}
	switch text[1] {
	case '/':
		return '/', 2
	case 'n', 'r', 't':
		return ' ', 2
	case 'u':
		if len(text) < 6 {
			return 0, 0
		}
		r, err := strconv.ParseUint(string(text[2:6]), 16, 16)
		if err != nil || r > '~' {
			return other, 6
		}
		return byte(r), 6
	}
	return other, 2
}
