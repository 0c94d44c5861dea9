package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
)

// pngChunks are a PNG file's chunks (PNG, 5.3), up to its end or as far as they
// can be followed.
func pngChunks(file []byte) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		const signature, around = 8, 12
		for at := signature; len(file)-at >= around; {
			size := binary.BigEndian.Uint32(file[at:])
			if int64(size) > int64(len(file)-at-around) {
				return
			}
			end := at + around + int(size)
			c := chunk{kind: string(file[at+4 : at+8]), data: file[at+8 : end-4], from: at, to: end}
			if !yield(c) || c.kind == "IEND" {
				return
			}
			at = end
		}
	}
}

const (
	pngParameters = "parameters"
	pngXMP        = "XML:com.adobe.xmp"    // XMP, part 3, 1.1.5
	pngOldXMP     = "Raw profile type xmp" // ImageMagick's
)

// markPNG puts text chunks right behind the header, for many readers stop at
// the pixels.
func markPNG(file []byte, parameters string, packet []byte) ([]edit, error) {
	var edits []edit
	var kind string
	for c := range pngChunks(file) {
		kind = c.kind
		switch keyword, _, _ := bytes.Cut(c.data, []byte{0}); {
		case kind == "IHDR" && edits == nil:
			texts := pngText(pngXMP, string(packet), true)
			if parameters != "" {
				texts = append(pngText(pngParameters, parameters, !isLatin1(parameters)), texts...)
			}
			edits = []edit{{c.to, c.to, texts}}
		case kind == "tEXt", kind == "zTXt", kind == "iTXt":
			switch string(keyword) {
			case pngParameters, pngXMP, pngOldXMP:
				edits = append(edits, edit{from: c.from, to: c.to})
			}
		}
	}
	if kind != "IEND" || edits == nil {
		return nil, fmt.Errorf("%w: its chunks do not lead to its end", ErrUnreadable)
	}
	return edits, nil
}

// pngText is a text chunk (PNG, 11.3.3): in UTF-8 an iTXt, otherwise a tEXt in
// Latin-1, which older readers know, too.
func pngText(keyword, text string, utf8 bool) []byte {
	b := make([]byte, 4, len(keyword)+len(text)+17)
	if utf8 {
		b = append(b, "iTXt"+keyword+"\x00\x00\x00\x00\x00"+text...) // not compressed, in no language
	} else {
		b = append(b, "tEXt"+keyword+"\x00"...)
		for _, r := range text {
			b = append(b, byte(r))
		}
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-8))
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// isLatin1 tells whether a tEXt chunk may have the text (PNG, 11.3.3.2): no
// control character but the newline.
func isLatin1(text string) bool {
	for _, r := range text {
		if r != '\n' && (r < ' ' || 0x7f <= r && r < 0xa0 || r > 0xff) {
			return false
		}
	}
	return true
}

// pngPacket is a PNG file's XMP.
func pngPacket(file []byte) []byte {
	for c := range pngChunks(file) {
		keyword, rest, _ := bytes.Cut(c.data, []byte{0})
		if c.kind != "iTXt" || string(keyword) != pngXMP || len(rest) < 2 || rest[0] != 0 { // 1: compressed
			continue
		}
		if fields := bytes.SplitN(rest[2:], []byte{0}, 3); len(fields) == 3 { // language, the keyword in it, text
			return fields[2]
		}
	}
	return nil
}
