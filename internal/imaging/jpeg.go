package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
)

// Markers of a JPEG file's segments, as a chunk's kind.
const (
	jpegAPP0 = "\xe0"
	jpegAPP1 = "\xe1"
	jpegSOS  = "\xda"
)

// What the segments begin with that hold metadata (XMP, part 3, 1.1.3).
const (
	jpegExif        = "Exif\x00\x00"
	jpegXMP         = "http://ns.adobe.com/xap/1.0/\x00"
	jpegExtendedXMP = "http://ns.adobe.com/xmp/extension/\x00" // what does not fit into one segment
)

// What one segment holds (ITU T.81, B.1.1.4).
const (
	maxSegment     = 1<<16 - 1 - 2
	maxPacket      = maxSegment - len(jpegXMP)
	maxUserComment = maxSegment - len(jpegExif)
)

// jpegSegments are a JPEG file's segments up to its pixels (ITU T.81, B.1 and
// B.2), or as far as they can be followed.
func jpegSegments(file []byte) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for from := 2; from < len(file) && file[from] == 0xff; {
			at := from
			for at+1 < len(file) && file[at+1] == 0xff { // fill bytes
				at++
			}
			if len(file)-at < 4 || file[at+1] < 0xc0 || 0xd0 <= file[at+1] && file[at+1] <= 0xd9 {
				return // what stands alone has no place here
			}
			end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
			if end < at+4 || end > len(file) {
				return
			}
			c := chunk{kind: string(file[at+1 : at+2]), data: file[at+4 : end], from: from, to: end}
			if !yield(c) || c.kind == jpegSOS {
				return
			}
			from = end
		}
	}
}

// markJPEG puts segments behind JFIF's and Exif's, which want to be first.
func markJPEG(file, comment, packet []byte) ([]edit, error) {
	insert := edit{from: 2, to: 2} // it never moves behind a cut
	var cuts []edit
	var kind string
	for c := range jpegSegments(file) {
		kind = c.kind
		exif, isExif := jpegData(c, jpegExif)
		_, isXMP := jpegData(c, jpegXMP)
		_, isMoreXMP := jpegData(c, jpegExtendedXMP)
		switch {
		case isXMP, isMoreXMP, isExif && onlyUserComment(exif):
			cuts = append(cuts, edit{from: c.from, to: c.to})
			continue
		case isExif:
			comment = nil
		}
		if c.from == insert.to && (isExif || kind == jpegAPP0) {
			insert.from, insert.to = c.to, c.to
		}
	}
	if kind != jpegSOS {
		return nil, fmt.Errorf("%w: its segments do not lead to its pixels", ErrUnreadable)
	}
	if comment != nil {
		insert.with = jpegSegment(jpegExif, comment)
	}
	insert.with = append(insert.with, jpegSegment(jpegXMP, packet)...)
	return append([]edit{insert}, cuts...), nil
}

// jpegSegment is an APP1 segment; header and data are at most maxSegment long.
func jpegSegment(header string, data []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte("\xff"+jpegAPP1), uint16(2+len(header)+len(data)))
	return append(append(b, header...), data...)
}

// jpegData are the data of an APP1 segment that begins with header.
func jpegData(c chunk, header string) ([]byte, bool) {
	if c.kind != jpegAPP1 {
		return nil, false
	}
	return bytes.CutPrefix(c.data, []byte(header))
}

// jpegPacket is a JPEG file's XMP.
func jpegPacket(file []byte) []byte {
	for c := range jpegSegments(file) {
		if packet, ok := jpegData(c, jpegXMP); ok {
			return packet
		}
	}
	return nil
}
