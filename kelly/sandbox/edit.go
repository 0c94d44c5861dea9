package sandbox

import (
	"fmt"
	"net/http"

	"kellybot/kelly"
)

// edit colours the picture in the tones of the prompt and lets the prompt's
// own scene shine through.
func (t *takes) edit(r *http.Request) (any, error) {
	f, err := readForm(r, maxBody)
	if err != nil {
		return nil, err
	}
	prompt := f.text("prompt", nil)
	f.text("negative_prompt", new(""))
	data := f.file()
	width, height := f.size()
	if err := f.problems(); err != nil {
		return nil, err
	}
	source, err := decode(data)
	if err != nil {
		return nil, err
	}
	below := cover(source, width, height)
	take := t.next(fmt.Sprintf("%q %x %d %d", prompt, hash(string(data)), width, height))
	cv := paint(prompt, kelly.DefaultModel, width, height, take)
	for i := 0; i < len(cv.Pix); i += 4 {
		scene, seen := cv.Pix[i:i+4:i+4], below.Pix[i:i+4:i+4]
		// The source's lights and shadows in the scene's colours, a good part
		// of the source itself, and where it is transparent the scene.
		solid := int(seen[3])
		bright := (2*int(seen[0])+5*int(seen[1])+int(seen[2]))/8 + solid/4
		for c := range 3 {
			tinted := int(scene[c]) * bright / 255
			behind := int(scene[c]) * (255 - solid) / 255
			scene[c] = uint8(min((2*tinted+3*int(seen[c]))/5+behind, 255))
		}
	}
	cv.caption(prompt)
	cv.stamp()
	return respond(r.Context(), f, cv.RGBA)
}
