package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"kellybot/kelly"
)

// riffHeader is in front of a WebP file's chunks: "RIFF", the size of what
// follows the size, "WEBP" (RFC 9649, 2.4).
const riffHeader = 12

// webpEnd is where a WebP file's chunks end, and 0 when it has no such place.
func webpEnd(file []byte) int {
	if len(file) < riffHeader {
		return 0
	}
	end := 8 + int64(binary.LittleEndian.Uint32(file[4:]))
	if end > int64(len(file)) {
		return 0
	}
	return int(end)
}

// webpChunks are a WebP file's chunks (RFC 9649, 2.3), as far as they can be
// followed.
func webpChunks(file []byte) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		end := webpEnd(file)
		for at := riffHeader; end-at >= 8; {
			size := int64(binary.LittleEndian.Uint32(file[at+4:]))
			if size+size%2 > int64(end-at-8) {
				return
			}
			data := file[at+8 : at+8+int(size)]
			c := chunk{kind: string(file[at : at+4]), data: data, from: at, to: at + 8 + int(size+size%2)}
			if !yield(c) {
				return
			}
			at = c.to
		}
	}
}

// VP8X is the chunk that says what an extended file has, by bits of its first
// byte (RFC 9649, 2.7).
const (
	webpExtendedSize = 10

	webpXMP   = 1 << 2
	webpExif  = 1 << 3
	webpAlpha = 1 << 4
)

// markWebP puts chunks behind all others, and makes an extended file of a
// simple one.
func markWebP(p *kelly.Picture, comment, packet []byte) ([]edit, error) {
	file, at := p.Bytes(), riffHeader
	var head edit // VP8X
	var features byte
	var cuts []edit
	exif := false // there are Exif data that stay
	for c := range webpChunks(file) {
		switch {
		case c.from == riffHeader && c.kind == "VP8X":
			if len(c.data) != webpExtendedSize {
				return nil, fmt.Errorf("%w: a VP8X chunk of %d bytes", ErrUnreadable, len(c.data))
			}
			head = edit{c.from, c.to, bytes.Clone(file[c.from:c.to])}
			features = c.data[0] &^ webpExif
		case c.from == riffHeader:
			head = edit{c.from, c.from, webpExtended(p.Width, p.Height)}
			if c.kind == "VP8L" && len(c.data) >= 5 {
				features = c.data[4] & webpAlpha // alpha_is_used is the same bit (RFC 9649, 3.4)
			}
		case c.kind == "XMP ", c.kind == "EXIF" && onlyUserComment(c.data):
			cuts = append(cuts, edit{from: c.from, to: c.to})
		case c.kind == "EXIF":
			exif = true
		}
		at = c.to
	}
	if at == riffHeader || at != webpEnd(file) {
		return nil, fmt.Errorf("%w: its chunks do not lead to its end", ErrUnreadable)
	}
	tail := edit{from: at, to: at}
	if comment != nil && !exif {
		exif = true
		tail.with = webpChunk("EXIF", comment)
	}
	tail.with = append(tail.with, webpChunk("XMP ", packet)...)
	if exif {
		features |= webpExif
	}
	head.with[8] = features | webpXMP

	edits := slices.Concat([]edit{{from: 4, to: 8}, head}, cuts, []edit{tail})
	size := at - 8
	for _, e := range edits[1:] {
		size += len(e.with) - (e.to - e.from)
	}
	edits[0].with = binary.LittleEndian.AppendUint32(nil, uint32(size))
	return edits, nil
}

// webpExtended is a VP8X chunk without features.
func webpExtended(width, height int) []byte {
	b := make([]byte, webpExtendedSize)
	put24 := func(b []byte, v int) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }
	put24(b[4:], width-1)
	put24(b[7:], height-1)
	return webpChunk("VP8X", b)
}

func webpChunk(kind string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 != 0 {
		b = append(b, 0)
	}
	return b
}

// webpPacket is a WebP file's XMP.
func webpPacket(file []byte) []byte {
	for c := range webpChunks(file) {
		if c.kind == "XMP " {
			return c.data
		}
	}
	return nil
}
