package sandbox

import (
	"cmp"
	"fmt"
	"image"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/image/draw"
)

// describe says of a picture what arithmetic can see: size, brightness, the
// commonest colours.
func describe(r *http.Request) (any, error) {
	f, err := readForm(r, maxBody)
	if err != nil {
		return nil, err
	}
	question := f.text("prompt", new(""))
	data := f.file()
	if err := f.problems(); err != nil {
		return nil, err
	}
	img, err := decode(data)
	if err != nil {
		return nil, err
	}
	content := look(img)
	if strings.TrimSpace(question) != "" {
		content += " It cannot answer questions about what the picture shows."
	}
	return map[string]string{"content": content}, nil
}

func look(img image.Image) string {
	small := image.NewRGBA(image.Rect(0, 0, 48, 48))
	draw.BiLinear.Scale(small, small.Rect, img, img.Bounds(), draw.Src, nil)
	share := make(map[string]int)
	light, solid := 0.0, 0
	for y := range 48 {
		for x := range 48 {
			c := small.RGBAAt(x, y)
			if c.A < 128 {
				continue
			}
			t := toneOf(c)
			share[t.name()]++
			light += t.l
			solid++
		}
	}
	size := img.Bounds().Size()
	shape := "square"
	switch {
	case size.X*10 > size.Y*11:
		shape = "wide"
	case size.Y*10 > size.X*11:
		shape = "tall"
	}
	text := fmt.Sprintf("The sandbox looked at this picture itself, without a model: it is %s, %d by %d pixels", shape, size.X, size.Y)
	if solid == 0 {
		return text + ", and entirely transparent."
	}
	brightness := "of medium brightness"
	switch l := light / float64(solid); {
	case l < 0.35:
		brightness = "dark"
	case l > 0.78:
		brightness = "bright"
	}
	names := make([]string, 0, len(share))
	for name, n := range share {
		if n*12 >= solid {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(share[b], share[a]), cmp.Compare(a, b))
	})
	names = names[:min(len(names), 4)]
	text += fmt.Sprintf(", and %s. ", brightness)
	switch n := len(names); n {
	case 0:
		text += "No colour stands out."
	case 1:
		text += "Nearly all of it is " + names[0] + "."
	default:
		text += "Its main colours are " + strings.Join(names[:n-1], ", ") + " and " + names[n-1] + "."
	}
	if solid < 48*48*95/100 {
		text += " Parts of it are transparent."
	}
	return text
}

// name returns the word for a tone.
func (t tone) name() string {
	switch {
	case t.l < 0.18:
		return "black"
	case t.c < 0.03 && t.l > 0.93:
		return "white"
	case t.c < 0.03 && t.l > 0.72:
		return "light grey"
	case t.c < 0.03 && t.l < 0.42:
		return "dark grey"
	case t.c < 0.03:
		return "grey"
	case t.l < 0.55 && t.h >= 35 && t.h < 95:
		return "brown"
	case t.l > 0.72 && (t.h < 20 || t.h >= 340):
		return "pink"
	}
	word := "red"
	for _, hue := range []struct {
		from float64
		name string
	}{{40, "orange"}, {82, "yellow"}, {116, "green"}, {175, "turquoise"}, {222, "blue"}, {287, "violet"}, {325, "pink"}, {355, "red"}} {
		if t.h >= hue.from {
			word = hue.name
		}
	}
	switch {
	case t.l < 0.38:
		return "dark " + word
	case t.l > 0.80 && t.c < 0.10:
		return "pale " + word
	}
	return word
}
