package kellytest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
)

// Picture returns a small PNG file of that size in pixels, quickly: two
// colours that depend on prompt and model, always the same for the same
// arguments. A size below 1 counts as 1.
func Picture(prompt, model string, width, height int) []byte {
	h := fnv.New64a()
	h.Write([]byte(prompt + "\x00" + model))
	s := h.Sum64()
	img := image.NewPaletted(image.Rect(0, 0, max(width, 1), max(height, 1)), color.Palette{
		color.RGBA{byte(s), byte(s >> 8), byte(s >> 16), 255},
		color.RGBA{byte(s >> 24), byte(s >> 32), byte(s >> 40), 255},
	})
	for i := len(img.Pix) / 2; i < len(img.Pix); i++ {
		img.Pix[i] = 1
	}
	var file bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&file, img); err != nil {
		panic("kellytest: " + err.Error()) // a buffer takes everything
	}
	return file.Bytes()
}

// BigPicture returns a valid PNG file of exactly n bytes, at least 200, that
// does not compress.
func BigPicture(n int) []byte {
	small := Picture("big", "", 64, 64)
	const chunk = 12 // a chunk's length, name and checksum
	end := len(small) - chunk
	filler := make([]byte, max(n-len(small)-chunk, 0)+4)
	copy(filler, "fiLl") // a private chunk that readers skip
	random := rand.NewPCG(1, 1)
	for i := 4; i < len(filler); i++ {
		filler[i] = byte(random.Uint64())
	}
	file := append(make([]byte, 0, n), small[:end]...)
	file = binary.BigEndian.AppendUint32(file, uint32(len(filler)-4))
	file = append(file, filler...)
	file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(filler))
	return append(file, small[end:]...)
}

// oversized returns a small PNG file whose header claims the given size.
func oversized(width, height uint32) []byte {
	file := Picture("oversized", "", 64, 64)
	const header = 12 // where the first chunk's name is
	binary.BigEndian.PutUint32(file[header+4:], width)
	binary.BigEndian.PutUint32(file[header+8:], height)
	binary.BigEndian.PutUint32(file[header+17:], crc32.ChecksumIEEE(file[header:header+17]))
	return file
}

func imageJSON(file []byte) []byte {
	body := base64.StdEncoding.AppendEncode([]byte(`{"image":"`), file)
	return append(body, `"}`...)
}
