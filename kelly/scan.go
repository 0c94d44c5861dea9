package kelly

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
)

const (
	headSize  = 4 << 10  // read before there is room for the picture
	chunkSize = 64 << 10 // small enough to stay in the processor's cache between reading and decoding
)

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// What an answer can be wrong with.
var (
	errURL       = errors.New("a URL instead of a picture")
	errDataURI   = errors.New("a data URI that holds no base64")
	errNotBase64 = errors.New("an image that is not base64")
	errCutOff    = errors.New("JSON that breaks off in the image")
	errTwoImages = errors.New("two images")
	errSurplus   = errors.New("more than 1 MiB beside the image")
	errNotJSON   = errors.New("no JSON")
)

// A scanner reads an image answer as it streams in. It decodes the top-level
// "image" string, the one part that is large, and copies everything else,
// which encoding/json then judges: rest is the answer with an empty image.
type scanner struct {
	r io.Reader
	// room is called once, when the image's text begins: it returns memory for
	// the picture, given how many bytes of the answer came before the text.
	room func(read int64) ([]byte, error)

	buf      []byte
	pos, end int // the unread part of buf
	read     int64
	chunk    *[chunkSize]byte

	rest  []byte
	image []byte
}

// scan reads the whole answer. image is nil when it has no image string, and
// lies in what room returned.
func (s *scanner) scan() (image, rest []byte, err error) {
	s.buf = make([]byte, headSize)
	defer func() {
		if s.chunk != nil {
			chunks.Put(s.chunk)
		}
	}()
	if err := s.structure(); err != nil {
		return nil, nil, err
	}
	if !json.Valid(s.rest) {
		return nil, nil, errNotJSON
	}
	return s.image, s.rest, nil
}

// structure follows the JSON just far enough to tell top-level keys from
// everything else. Malformed JSON may mislead it, but not json.Valid.
func (s *scanner) structure() error {
	var (
		depth   int
		text    = -1   // where the open string begins in rest
		escaped bool   // the last byte was a backslash in a string
		isKey   bool   // at depth 1: a string here is a key
		key     []byte // the last one, quoted
	)
	for {
		if s.pos == s.end {
			if err := s.more(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
		c := s.buf[s.pos]
		s.pos++
		if len(s.rest) == maxJSON {
			return errSurplus
		}
		s.rest = append(s.rest, c)
		switch {
		case escaped:
			escaped = false
		case text >= 0:
			switch c {
			case '\\':
				escaped = true
			case '"':
				if depth == 1 && isKey {
					key = s.rest[text:]
				}
				text = -1
			}
		case c == '"' && depth == 1 && !isKey && isImage(key):
			if err := s.decode(); err != nil {
				return err
			}
			s.rest = append(s.rest, '"')
		case c == '"':
			text = len(s.rest) - 1
		case c == '{', c == '[':
			depth++
			isKey = c == '{'
		case c == '}', c == ']':
			depth--
			isKey = false
		case c == ',':
			isKey, key = true, nil
		case c == ':':
			isKey = false
		}
	}
}

func isImage(key []byte) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key) == `"image"`
	}
	var name string
	return json.Unmarshal(key, &name) == nil && name == "image"
}

// more moves the unread bytes to the front of the buffer and reads behind them.
func (s *scanner) more() error {
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos = 0
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.read += int64(n)
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// moreImage is more where the answer may not end.
func (s *scanner) moreImage() error {
	err := s.more()
	if errors.Is(err, io.EOF) {
		return errCutOff
	}
	return err
}

// decode reads the image string behind its opening quote, up to and with the
// closing one.
func (s *scanner) decode() error {
	if s.image != nil {
		return errTwoImages
	}
	if err := s.prefix(); err != nil {
		return err
	}
	memory, err := s.room(s.read - int64(s.end-s.pos))
	if err != nil {
		return err
	}
	s.chunk = chunks.Get().(*[chunkSize]byte)
	s.end = copy(s.chunk[:], s.buf[s.pos:s.end])
	s.buf, s.pos = s.chunk[:], 0

	for done, cleaned := 0, false; ; {
		text := s.buf[s.pos:s.end]
		// A quote is no base64: it need not be looked for in what decodes.
		n, used, err := decodeBase64(memory[done:], text, false)
		done, s.pos, text = done+n, s.pos+used, text[used:]
		quote := bytes.IndexByte(text, '"')
		if quote >= 0 {
			text = text[:quote]
			n, used, err = decodeBase64(memory[done:], text, true)
			done, s.pos = done+n, s.pos+used
		}
		switch {
		case err == nil && quote >= 0:
			s.pos++
			s.image = memory[:done:done]
			return nil
		case err == nil:
			cleaned = false
			err = s.moreImage()
		case !cleaned:
			cleaned = true
			err = s.clean(len(text))
		}
		if err != nil {
			return err
		}
	}
}

// prefix passes over the header of a data URI and recognises a URL.
func (s *scanner) prefix() error {
	const longest = len("https:")
	for s.end-s.pos < longest && bytes.IndexByte(s.buf[s.pos:s.end], '"') < 0 {
		if err := s.moreImage(); err != nil {
			return err
		}
	}
	switch start := strings.ToLower(string(s.buf[s.pos:min(s.end, s.pos+longest)])); {
	case strings.HasPrefix(start, "http:"), start == "https:":
		return errURL
	case !strings.HasPrefix(start, "data:"):
		return nil
	}
	for {
		text := s.buf[s.pos:s.end]
		switch i := bytes.IndexAny(text, `,"`); {
		case i >= 0 && text[i] == ',' && strings.HasSuffix(strings.ToLower(string(text[:i])), ";base64"):
			s.pos += i + 1
			return nil
		case i >= 0, len(text) == len(s.buf):
			return errDataURI
		}
		if err := s.moreImage(); err != nil {
			return err
		}
	}
}
