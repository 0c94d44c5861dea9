package imaging

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// orientation is what a JPEG file's Exif data say about how it is turned: 1 to
// 8 as numbered there, and 1, upright, for all that says nothing or nonsense.
// Viewers follow it, so a file without it must have its pixels turned. In other
// formats viewers do not agree about it, so there it is left alone.
func orientation(file []byte) int {
	const app1, startOfScan = 0xe1, 0xda
	for b := file[2:]; len(b) >= 4 && b[0] == 0xff && b[1] != startOfScan; {
		end := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if end < 4 || end > len(b) {
			break
		}
		if tiff, ok := bytes.CutPrefix(b[4:end], []byte("Exif\x00\x00")); ok && b[1] == app1 {
			return tiffOrientation(tiff)
		}
		b = b[end:]
	}
	return 1
}

// tiffOrientation looks for the tag in the first directory (TIFF 6.0, section 2
// and "Orientation").
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	const entry, tag, short = 12, 0x0112, 3
	count := int(order.Uint16(b[at:]))
	for b = b[at+2:]; count > 0 && len(b) >= entry; b, count = b[entry:], count-1 {
		if order.Uint16(b) != tag {
			continue
		}
		if value := int(order.Uint16(b[8:])); order.Uint16(b[2:]) == short && 1 <= value && value <= 8 {
			return value
		}
		return 1
	}
	return 1
}

// turn undoes an orientation; img lies at the origin.
func turn(img image.Image, orientation int) image.Image {
	if orientation == 1 {
		return img
	}
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	w, h := float64(width), float64(height)
	to := [...]f64.Aff3{
		2: {-1, 0, w, 0, 1, 0},
		3: {-1, 0, w, 0, -1, h},
		4: {1, 0, 0, 0, -1, h},
		5: {0, 1, 0, 1, 0, 0},
		6: {0, -1, h, 1, 0, 0},
		7: {0, -1, h, -1, 0, w},
		8: {0, 1, 0, -1, 0, w},
	}[orientation]
	if orientation >= 5 {
		width, height = height, width
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.NearestNeighbor.Transform(out, to, img, img.Bounds(), draw.Src, nil)
	return out
}
