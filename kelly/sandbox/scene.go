package sandbox

import (
	"hash/fnv"
	"image"
	"math"
	"math/rand/v2"
)

// A painter draws one scene on a canvas.
type painter struct {
	*canvas
	*rand.Rand
	sketch
	layers int // of land, one behind the other
}

// A scene is one composition.
type scene struct {
	name string
	draw func(*painter)
}

// scenes are all of them; the prompt's words choose one, or its hash.
var scenes = []scene{
	{"hills", (*painter).hills},
	{"mountains", (*painter).mountains},
	{"sea", (*painter).sea},
	{"forest", (*painter).forest},
	{"city", (*painter).city},
	{"space", (*painter).space},
	{"abstract", (*painter).abstract},
}

// illustrate paints the prompt as the model: the same picture for the same
// prompt, model, size and take, and a like one at any size. Width and height
// are pixels.
func illustrate(prompt, model string, width, height int, take uint64) *image.RGBA {
	cv := paint(prompt, model, width, height, take)
	cv.caption(prompt)
	cv.stamp()
	return cv.RGBA
}

// paint is illustrate without the words.
func paint(prompt, model string, width, height int, take uint64) *canvas {
	style := rand.New(rand.NewPCG(hash(model), 1)) // what all pictures of a model share
	p := &painter{
		canvas: newCanvas(width, height),
		Rand:   rand.New(rand.NewPCG(hash(prompt)+take, hash(model))),
		layers: 3 + style.IntN(3),
	}
	chroma, turn := 0.8+0.4*style.Float64(), 30*style.Float64()-15
	p.sketch = read(prompt, p.Rand)
	p.palette.turn(p.between(-12, 12) + turn)
	p.palette.tint(p.tints)
	p.palette.dye(chroma)
	for _, scene := range scenes {
		if scene.name == p.scene {
			scene.draw(p)
		}
	}
	if p.palette.snow && p.scene != "abstract" && p.scene != "space" {
		p.snowfall()
	}
	return p.canvas
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// between returns a number from low to high.
func (p *painter) between(low, high float64) float64 { return low + (high-low)*p.Float64() }

// waves returns a smooth random line around 0, about 1 high, for positions in
// units of the canvas's shorter side; each octave is finer by half.
func (p *painter) waves(octaves int, frequency float64) func(u float64) float64 {
	type wave struct{ f, phase, a float64 }
	var ws []wave
	a := 0.5
	for range octaves {
		ws = append(ws, wave{frequency * p.between(0.8, 1.25), p.between(0, 2*math.Pi), a})
		frequency *= 2.1
		a *= 0.5
	}
	return func(u float64) float64 {
		y := 0.0
		for _, w := range ws {
			y += w.a * math.Sin(u*w.f+w.phase)
		}
		return y
	}
}

// jags is waves with creases: a random line of peaks.
func (p *painter) jags(octaves int, frequency float64) func(u float64) float64 {
	var phase [8]float64
	for i := range phase {
		phase[i] = p.between(0, 10)
	}
	return func(u float64) float64 {
		y, a, f := 0.0, 0.55, frequency
		for i := range octaves {
			_, t := math.Modf(math.Abs(u*f + phase[i]))
			y += a * (1 - math.Abs(2*t-1))
			a, f = a*0.45, f*2.3
		}
		return y - 0.5
	}
}

// sky fills the canvas and hangs the sun or moon into it, its centre at the
// given part of the height; it returns the sun's x and radius.
func (p *painter) sky(height float64) (x, r float64) {
	pal := p.palette
	p.gradient(pal.zenith, pal.horizon)
	sunX, sunY, sunR := p.w*p.between(0.18, 0.82), p.h*height, p.unit*p.between(0.075, 0.14)
	if pal.night {
		p.stars(140)
	}
	light := pal.light.rgba()
	p.glow(sunX, sunY, sunR*6, light, 0.45)
	p.glow(sunX, sunY, sunR*2.4, light, 0.5)
	p.disc(sunX, sunY, sunR, light, 1)
	if pal.night {
		shadow := pal.light.mix(pal.horizon, 0.28).rgba()
		for range 5 {
			angle, far := p.between(0, 2*math.Pi), p.between(0.1, 0.65)
			sin, cos := math.Sincos(angle)
			p.disc(sunX+sunR*far*cos, sunY+sunR*far*sin, sunR*p.between(0.08, 0.24), shadow, 0.7)
		}
	} else {
		p.clouds()
	}
	return sunX, sunR
}

func (p *painter) stars(n int) {
	white := tone{.97, .02, 90}.rgba()
	for range n {
		x, y := p.w*p.Float64(), p.h*p.Float64()
		size := p.unit * 0.0035 * p.ExpFloat64()
		p.disc(x, y, clamp(size, 0.35, p.unit*0.008), white, p.between(0.35, 0.95))
	}
}

func (p *painter) clouds() {
	white := tone{.99, .01, 90}
	for range p.IntN(4) {
		x, y := p.w*p.Float64(), p.h*p.between(0.08, 0.34)
		thick := p.unit * p.between(0.016, 0.026)
		c := p.palette.horizon.mix(white, p.between(0.4, 0.7)).rgba()
		for i := range 3 { // the widest lowest
			half := p.unit * (0.07 + 0.05*float64(i)) * p.between(0.8, 1.2)
			left := x + p.unit*p.between(-0.05, 0.05) - half
			top := y + thick*0.95*float64(i)
			p.box(left, top, left+2*half, top+thick, thick/2, c, 0.92)
		}
	}
}

func (p *painter) snowfall() {
	white := tone{.99, .005, 90}.rgba()
	for range 160 {
		x, y := p.w*p.Float64(), p.h*p.Float64()
		p.disc(x, y, max(0.5, p.unit*p.between(0.002, 0.006)), white, p.between(0.4, 0.9))
	}
}
