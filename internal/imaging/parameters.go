package imaging

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// parameters is the text by which Stable Diffusion web UI and its tools pass on
// how a picture was made, or "" when nothing is said of it:
//
//	a fox in the snow
//	Negative prompt: blurry
//	Steps: , Sampler: , CFG scale: , Seed: , Size: 768x512, Model: PhotoPerfect, Version: kellybot
//
// The four that are empty are unknown to us, but tools know the last line by
// them: web UI's PNG Info wants three pairs of any names there, Civitai a line
// that begins with "Steps: ", and sd-parsers a sampler and two of the others.
// To all of them an empty value means none, where a word or a made-up number
// would be taken for one or refused.
func (m Metadata) parameters() string {
	if m.Prompt == "" && m.NegativePrompt == "" && m.Model == "" && m.Width == 0 && m.Height == 0 {
		return ""
	}
	var lines []string
	if m.Prompt != "" {
		lines = append(lines, m.Prompt)
	}
	if m.NegativePrompt != "" {
		lines = append(lines, "Negative prompt: "+m.NegativePrompt)
	}
	last := "Steps: , Sampler: , CFG scale: , Seed: "
	if m.Width > 0 && m.Height > 0 {
		last += fmt.Sprintf(", Size: %dx%d", m.Width, m.Height)
	}
	if m.Model != "" {
		last += ", Model: " + quote(m.Model)
	}
	if m.Software != "" {
		last += ", Version: " + quote(m.Software)
	}
	return strings.Join(append(lines, last), "\n")
}

// quote writes a value that would end too early as a string of JSON.
func quote(value string) string {
	if !strings.ContainsAny(value, ",:\"\n") {
		return value
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // every string is one of JSON's
	return strings.TrimSuffix(b.String(), "\n")
}

// commentHeader begins Exif data that have nothing but a UserComment (Exif 2.32,
// 4.6.3 and 4.6.5), which is what web UI writes: a directory whose one entry
// points to one whose one entry is the comment. The comment's size belongs to
// where commentSize is.
const (
	commentHeader = "MM\x00\x2a\x00\x00\x00\x08" +
		"\x00\x01" + "\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a" + "\x00\x00\x00\x00" +
		"\x00\x01" + "\x92\x86\x00\x07\x00\x00\x00\x00\x00\x00\x00\x2c" + "\x00\x00\x00\x00"
	commentSize = 32
	commentCode = "UNICODE\x00"
)

// userComment is Exif data that hold text in UTF-16, or nothing without it.
func userComment(text string) []byte {
	if text == "" {
		return nil
	}
	b := append([]byte(commentHeader), commentCode...)
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	binary.BigEndian.PutUint32(b[commentSize:], uint32(len(b)-len(commentHeader)))
	return b
}

// onlyUserComment tells whether Exif data are of the kind that userComment
// returns, so that nothing else is lost with them.
func onlyUserComment(exif []byte) bool {
	return len(exif) >= len(commentHeader) &&
		string(exif[:commentSize]) == commentHeader[:commentSize] &&
		string(exif[commentSize+4:len(commentHeader)]) == commentHeader[commentSize+4:] &&
		int64(binary.BigEndian.Uint32(exif[commentSize:])) == int64(len(exif)-len(commentHeader))
}
