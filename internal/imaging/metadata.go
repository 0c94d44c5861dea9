package imaging

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"kellybot/kelly"
)

// Metadata is what a file says of how its picture was made. The zero value of
// a field says nothing.
type Metadata struct {
	ID string // the picture's short id in this bot

	Prompt, NegativePrompt, Model string
	Width, Height                 int // pixels, as asked for: the file may have others

	Source   SourceType
	Software string // who wrote the file, such as kellybot
}

// A SourceType says how much of a picture a model made, in the words of IPTC's
// vocabulary (https://cv.iptc.org/newscodes/digitalsourcetype). Any other value
// than these two says nothing, which is right for what no model has drawn.
type SourceType string

// The source types that are marked.
const (
	Generated SourceType = "trainedAlgorithmicMedia"              // all of it
	Composite SourceType = "compositeWithTrainedAlgorithmicMedia" // a part: it is an edit of somebody's own picture
)

// ErrTooLong is Mark's error for metadata that one segment of a JPEG file does
// not hold. 10,000 characters of any script fit, and prompts are far shorter.
var ErrTooLong = errors.New("the metadata are too long")

// Mark returns the picture's file with the metadata in it, as parts to be
// written one after the other. What shows the picture is not decoded, changed
// or copied: those parts are of p's own memory, and are valid until p's release.
//
//   - PNG, JPEG and WebP get an XMP packet, which has all of it: the source type
//     and the prompt in IPTC's properties, the id as dc:identifier.
//   - When anything is said of prompts, model or size, it is also written as
//     Stable Diffusion web UI does and as its tools read it: into a text chunk
//     "parameters" of a PNG, and into Exif's UserComment of a JPEG or WebP that
//     has no Exif data of its own.
//   - What of these the file had before goes, whoever wrote it.
//   - A GIF has room for none of this and stays as it is.
//
// Control characters and invalid UTF-8, which XML cannot hold, become U+FFFD.
//
// With an error the one part is the file as it is, which can still be sent. It
// is ErrUnreadable for a file whose structure cannot be followed to its end, or
// to a JPEG's pixels, or ErrTooLong.
func Mark(p *kelly.Picture, m Metadata) ([][]byte, error) {
	edits, err := marks(p, m.clean())
	return splice(p.Bytes(), edits), err
}

func marks(p *kelly.Picture, m Metadata) ([]edit, error) {
	packet := xmpPacket(m)
	parameters := m.parameters()
	comment := userComment(parameters)
	if len(packet) > maxPacket || len(comment) > maxUserComment {
		return nil, ErrTooLong
	}
	switch p.Format {
	case kelly.PNG:
		return markPNG(p.Bytes(), parameters, packet)
	case kelly.JPEG:
		return markJPEG(p.Bytes(), comment, packet)
	case kelly.WebP:
		return markWebP(p, comment, packet)
	case kelly.GIF:
		return nil, nil
	}
	return nil, fmt.Errorf("%w: unknown format %q", ErrUnreadable, p.Format)
}

// Read returns the metadata that Mark has put into the picture's file; ok is
// false when there are none. They may be invented: whoever has a file can write
// anything into it.
func Read(p *kelly.Picture) (m Metadata, ok bool) {
	var packet []byte
	switch p.Format {
	case kelly.PNG:
		packet = pngPacket(p.Bytes())
	case kelly.JPEG:
		packet = jpegPacket(p.Bytes())
	case kelly.WebP:
		packet = webpPacket(p.Bytes())
	}
	return readPacket(packet)
}

// clean is m as a file can say it.
func (m Metadata) clean() Metadata {
	for _, text := range []*string{&m.ID, &m.Prompt, &m.NegativePrompt, &m.Model, &m.Software} {
		*text = strings.Map(xmlRune, *text)
	}
	m.Width, m.Height = max(m.Width, 0), max(m.Height, 0)
	if m.Source != Generated && m.Source != Composite {
		m.Source = ""
	}
	return m
}

// A chunk is one piece of a file: kind tells what data are, and file[from:to]
// is all of it.
type chunk struct {
	kind     string
	data     []byte
	from, to int
}

// An edit puts other bytes in the place of file[from:to].
type edit struct {
	from, to int
	with     []byte
}

// splice returns the edited file in parts; the edits are in the file's order.
func splice(file []byte, edits []edit) [][]byte {
	var parts [][]byte
	add := func(part []byte) {
		if len(part) > 0 {
			parts = append(parts, slices.Clip(part))
		}
	}
	at := 0
	for _, e := range edits {
		add(file[at:e.from])
		add(e.with)
		at = e.to
	}
	add(file[at:])
	return parts
}
