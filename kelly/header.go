package kelly

import (
	"bytes"
	"encoding/binary"
)

// header tells a picture's format and dimensions by its first bytes. The
// format is "" when it is none of ours; the dimensions are 0 when they cannot
// be read.
func header(b []byte) (format Format, width, height int) {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		width, height = pngSize(b)
		return PNG, width, height
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		width, height = jpegSize(b)
		return JPEG, width, height
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		width, height = gifSize(b)
		return GIF, width, height
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		width, height = webpSize(b[12:])
		return WebP, width, height
	}
	return "", 0, 0
}

// pngSize reads the header chunk, which comes first (PNG, 5.6 and 11.2.1).
func pngSize(b []byte) (width, height int) {
	if len(b) < 24 || string(b[12:16]) != "IHDR" {
		return 0, 0
	}
	w, h := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if w > 1<<31-1 || h > 1<<31-1 {
		return 0, 0
	}
	return int(w), int(h)
}

// gifSize reads the logical screen (GIF89a, 18).
func gifSize(b []byte) (width, height int) {
	if len(b) < 10 {
		return 0, 0
	}
	return int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
}

// jpegSize walks the segments up to the frame header (ITU T.81, B.1 and B.2).
func jpegSize(b []byte) (width, height int) {
	for b = b[2:]; len(b) >= 2 && b[0] == 0xff; {
		marker := b[1]
		switch {
		case marker == 0xff: // a fill byte
			b = b[1:]
			continue
		case marker == 0x01, 0xd0 <= marker && marker <= 0xd7: // they stand alone
			b = b[2:]
			continue
		case marker == 0xd8, marker == 0xd9, marker == 0xda: // pixels, and no frame header yet
			return 0, 0
		}
		if len(b) < 4 {
			return 0, 0
		}
		size := 2 + int(binary.BigEndian.Uint16(b[2:]))
		frame := 0xc0 <= marker && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
		switch {
		case size < 4 || size > len(b):
			return 0, 0
		case frame && size < 9:
			return 0, 0
		case frame:
			return int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[5:]))
		}
		b = b[size:]
	}
	return 0, 0
}

// webpSize reads the first chunk, b, of the three kinds that a file may start
// with (RFC 9649, 2.5 to 2.7; VP8's frame header is RFC 6386, 9.1).
func webpSize(b []byte) (width, height int) {
	if len(b) < 8 {
		return 0, 0
	}
	kind, data := string(b[:4]), b[8:]
	switch {
	case kind == "VP8 " && len(data) >= 10 && string(data[3:6]) == "\x9d\x01\x2a":
		return int(binary.LittleEndian.Uint16(data[6:])) & 0x3fff, int(binary.LittleEndian.Uint16(data[8:])) & 0x3fff
	case kind == "VP8L" && len(data) >= 5 && data[0] == 0x2f:
		bits := binary.LittleEndian.Uint32(data[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case kind == "VP8X" && len(data) >= 10:
		return int(data[4]) + int(data[5])<<8 + int(data[6])<<16 + 1, int(data[7]) + int(data[8])<<8 + int(data[9])<<16 + 1
	}
	return 0, 0
}
