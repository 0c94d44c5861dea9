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

// scenes are the compositions; one is chosen by the prompt's words or hash.
var scenes = []struct {
	name string
	draw func(*painter)
}{
	{"hills", (*painter).hills},
	{"mountains", (*painter).mountains},
	{"sea", (*painter).sea},
	{"forest", (*painter).forest},
	{"city", (*painter).city},
	{"space", (*painter).space},
	{"abstract", (*painter).abstract},
}

// illustrate paints the prompt as the model: the same picture for the same prompt,
// model and size, and the same scene at any size. Width and height are pixels.
func illustrate(prompt, model string, width, height int) *image.RGBA {
	cv := paint(prompt, model, width, height)
	cv.caption(prompt)
	cv.stamp()
	return cv.RGBA
}

// paint is illustrate without the words.
func paint(prompt, model string, width, height int) *canvas {
	seed := hash(prompt)
	style := rand.New(rand.NewPCG(hash(model), 1))
	p := &painter{
		canvas: newCanvas(width, height),
		Rand:   rand.New(rand.NewPCG(seed, hash(model))),
		sketch: read(prompt, rand.New(rand.NewPCG(seed, 0))),
		layers: 3 + style.IntN(3),
	}
	p.palette.restyle(0.75+0.55*style.Float64(), 20*style.Float64()-10)
	p.palette.tint(p.tints)
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
// given part of the height.
func (p *painter) sky(height float64) (sunX, sunY, sunR float64) {
	pal := p.palette
	p.gradient(pal.zenith, pal.horizon)
	sunX, sunY, sunR = p.w*p.between(0.18, 0.82), p.h*height, p.unit*p.between(0.075, 0.14)
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
	return sunX, sunY, sunR
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
	c := p.palette.horizon.mix(tone{.99, .01, 90}, 0.6).rgba()
	for range p.IntN(4) {
		x, y := p.w*p.Float64(), p.h*p.between(0.08, 0.34)
		for range 6 {
			w := p.unit * p.between(0.08, 0.2)
			h := w * p.between(0.1, 0.16)
			dx, dy := p.unit*p.between(-0.14, 0.14), p.unit*p.between(-0.012, 0.012)
			p.box(x+dx-w, y+dy-h, x+dx+w, y+dy+h, h, c, 0.28)
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

// depth returns the tones of the land's layer i, the farthest being 0: its
// crest and its foot, which lies in haze.
func (p *painter) depth(i int) (crest, foot tone) {
	part := float64(i+1) / float64(p.layers)
	crest = p.palette.far.mix(p.palette.near, part*part)
	return crest, crest.mix(p.palette.horizon, 0.45*(1-part)+0.08)
}

// base returns where layer i of the land lies, in pixels from the top.
func (p *painter) base(i int, top, bottom float64) float64 {
	return p.h * (top + (bottom-top)*float64(i)/float64(max(p.layers-1, 1)))
}

func (p *painter) hills() {
	p.sky(p.between(0.2, 0.42))
	for i := range p.layers {
		line, base := p.waves(3, p.between(2.5, 4.5)), p.base(i, 0.46, 0.74)
		high := p.unit * p.between(0.07, 0.14)
		crest, foot := p.depth(i)
		p.ridge(func(x float64) float64 { return base + high*line(x/p.unit) }, crest, foot)
	}
}

func (p *painter) mountains() {
	p.sky(p.between(0.16, 0.34))
	for i := range p.layers {
		line, base := p.jags(5, p.between(0.9, 1.7)), p.base(i, 0.42, 0.74)
		high := p.unit * p.between(0.32, 0.45) * (1 - 0.5*float64(i)/float64(p.layers))
		crest, foot := p.depth(i)
		peaks := func(x float64) float64 { return base - high*line(x/p.unit) }
		if i == 0 && !p.palette.snow || p.palette.snow && i < p.layers-1 {
			// Snow lies down to a ragged line, the rock begins below it.
			fringe := p.jags(3, 9)
			p.ridge(peaks, tone{.97, .01, 250}.mix(p.palette.horizon, 0.2), foot)
			p.ridge(func(x float64) float64 {
				return max(peaks(x), base-high*(0.22+0.16*fringe(x/p.unit)))
			}, crest, foot)
			continue
		}
		p.ridge(peaks, crest, foot)
	}
}

func (p *painter) sea() {
	sunX, _, sunR := p.sky(p.between(0.26, 0.46))
	horizon := p.h * 0.52
	if p.IntN(3) > 0 {
		island := p.waves(4, 4)
		at, half := p.w*p.between(0.1, 0.9), p.unit*p.between(0.25, 0.5)
		p.ridge(func(x float64) float64 {
			bump := 1 - (x-at)*(x-at)/(half*half)
			return horizon + p.unit*(0.02-max(bump, -1)*(0.10+0.04*island(x/p.unit)))
		}, p.palette.far, p.palette.far.mix(p.palette.horizon, 0.4))
	}
	deep := tone{.36, .10, 235}
	water := p.palette.zenith.mix(deep, 0.55)
	p.ridge(func(float64) float64 { return horizon }, water.mix(p.palette.horizon, 0.55), water.mix(p.palette.near, 0.35))
	p.glitter(sunX, sunR, horizon)
	p.boat(p.w*p.between(0.15, 0.85), p.h*p.between(0.57, 0.62), p.unit*p.between(0.07, 0.11))
	for i := range 3 {
		line, base := p.waves(3, 14), p.h*(0.70+0.09*float64(i))
		c := water.mix(p.palette.near, 0.25+0.25*float64(i))
		p.ridge(func(x float64) float64 { return base + p.unit*0.02*line(x/p.unit) }, c.mix(p.palette.light, 0.16), c)
	}
}

// glitter lays the light's reflection on the water.
func (p *painter) glitter(x, r, horizon float64) {
	c := p.palette.light.rgba()
	for range 90 {
		part := p.Float64()
		y := horizon + (p.h*0.75-horizon)*part
		half := p.unit * p.between(0.01, 0.05) * (0.5 + part)
		dx := r * (0.6 + 2*part) * p.NormFloat64() * 0.6
		thin := p.unit * (0.0012 + 0.003*part)
		p.box(x+dx-half, y-thin, x+dx+half, y+thin, thin, c, 0.5*(1-part*0.6))
	}
}

func (p *painter) boat(x, y, size float64) {
	sail := p.palette.light.mix(tone{.98, .01, 90}, 0.35).rgba()
	shade := p.palette.light.mix(p.palette.near, 0.3).rgba()
	hull := p.palette.near.mix(tone{.25, .05, 40}, 0.5).rgba()
	p.polygon(sail, x, y-size*1.5, x, y-size*0.12, x+size*0.75, y-size*0.12)
	p.polygon(shade, x-size*0.06, y-size*1.3, x-size*0.06, y-size*0.12, x-size*0.55, y-size*0.12)
	p.polygon(hull, x-size*0.75, y, x+size*0.85, y, x+size*0.55, y+size*0.26, x-size*0.5, y+size*0.26)
}

func (p *painter) forest() {
	p.sky(p.between(0.18, 0.36))
	p.layers = max(p.layers, 4)
	for i := range p.layers {
		ground, base := p.waves(2, 3), p.base(i, 0.50, 0.80)
		crest, foot := p.depth(i)
		size := p.unit * (0.10 + 0.10*float64(i)/float64(p.layers))
		trees := p.firs(size)
		p.ridge(func(x float64) float64 {
			return base + p.unit*0.05*ground(x/p.unit) - trees(x)
		}, crest, foot)
	}
}

// firs returns the outline of a row of trees about size pixels high.
func (p *painter) firs(size float64) func(x float64) float64 {
	step := size * 0.42
	heights := make([]float64, int(p.w/step)+4)
	for i := range heights {
		heights[i] = size * p.between(0.5, 1.25)
		if p.IntN(6) == 0 {
			heights[i] = 0
		}
	}
	return func(x float64) float64 {
		at := int(x/step) + 1
		best := 0.0
		for i := at - 1; i <= at+1; i++ {
			h := heights[i]
			from := math.Abs(x-(float64(i)-0.5)*step) / (0.36 * size)
			// Branches: the tree narrows in three steps.
			tier := math.Mod(from*3, 1)
			best = max(best, h*(1-from)-h*0.10*tier)
		}
		return best
	}
}

func (p *painter) city() {
	p.sky(p.between(0.2, 0.4))
	for i := range p.layers {
		crest, foot := p.depth(i)
		p.skyline(p.base(i, 0.56, 0.80), p.unit*(0.10+0.03*float64(i)), crest, foot, i > 0)
	}
}

// skyline draws a row of houses about width pixels wide that stand at base.
func (p *painter) skyline(base, width float64, crest, foot tone, windows bool) {
	type house struct{ left, right, top float64 }
	var houses []house
	for x := -width * p.Float64(); x < p.w; {
		w := width * p.between(0.6, 1.3)
		houses = append(houses, house{x, x + w, base - p.unit*p.between(0.04, 0.30)})
		x += w * p.between(0.9, 1.15)
	}
	at := 0
	p.ridge(func(x float64) float64 {
		for at < len(houses)-1 && x > houses[at].right {
			at++
		}
		if h := houses[at]; x >= h.left && x <= h.right {
			return h.top
		}
		return base
	}, crest, foot)
	if !windows {
		return
	}
	lit := p.palette.light.rgba()
	pane := width * 0.09
	for _, h := range houses {
		for y := h.top + 2*pane; y < base+p.unit*0.1; y += 2.4 * pane {
			for x := h.left + 1.2*pane; x < h.right-1.6*pane; x += 2 * pane {
				if p.IntN(5) < 2 {
					p.box(x, y, x+pane*0.9, y+pane*1.2, 0, lit, p.between(0.35, 0.9))
				}
			}
		}
	}
}

func (p *painter) space() {
	pal := p.palette
	dark := tone{.13, .04, 280}
	p.gradient(dark.mix(pal.zenith, 0.35), dark.mix(pal.horizon, 0.3))
	for i := range 7 {
		c := pal.horizon
		if i%2 == 0 {
			c = pal.light
		}
		c.c = max(c.c, 0.10)
		p.glow(p.w*p.Float64(), p.h*p.Float64(), p.unit*p.between(0.35, 0.8), c.mix(dark, 0.35).rgba(), 0.32)
	}
	p.stars(260)
	p.planet(p.w*p.between(0.3, 0.7), p.h*p.between(0.3, 0.44), p.unit*p.between(0.17, 0.25))
	p.disc(p.w*p.between(0.1, 0.9), p.h*p.between(0.1, 0.6), p.unit*p.between(0.02, 0.04), pal.light.mix(pal.far, 0.4).rgba(), 1)
}

// planet draws a banded ball lit from the upper left, in a ring.
func (p *painter) planet(x, y, r float64) {
	surface := p.palette.far.mix(p.palette.light, 0.45)
	surface.c = max(surface.c, 0.09)
	band := surface.mix(p.palette.near, 0.45).rgba()
	night := tone{.12, .03, 280}.rgba()
	p.glow(x, y, r*1.8, p.palette.light.rgba(), 0.35)
	p.disc(x, y, r, surface.rgba(), 1)
	stripes := p.waves(4, 9)
	p.shade(x, y, r, r, band, func(dx, dy float64) float64 {
		inside := clamp(r+0.5-math.Hypot(dx, dy), 0, 1)
		return inside * smooth(-0.15, 0.35, stripes(dy/r+0.12*dx*dx/(r*r)))
	})
	p.shade(x, y, r, r, night, func(dx, dy float64) float64 {
		inside := clamp(r+0.5-math.Hypot(dx, dy), 0, 1)
		return inside * 0.9 * smooth(0.55*r, 1.55*r, math.Hypot(dx+0.45*r, dy+0.5*r))
	})
	sin, cos := math.Sincos(p.between(-0.5, 0.5))
	p.shade(x, y, 2.1*r, 2.1*r, p.palette.light.rgba(), func(dx, dy float64) float64 {
		along, across := dx*cos+dy*sin, dy*cos-dx*sin
		d := math.Hypot(along, across*3.6) / r
		if across < 0 && math.Hypot(dx, dy) < r {
			return 0 // behind the ball
		}
		return 0.75 * smooth(1.3, 1.36, d) * smooth(2.05, 1.95, d) * (0.65 + 0.35*math.Sin(d*34))
	})
}

func (p *painter) abstract() {
	pal := p.palette
	p.gradient(pal.horizon.mix(tone{.96, .02, 90}, 0.35), pal.far.mix(pal.horizon, 0.4))
	tones := append([]tone{pal.zenith, pal.near, pal.light, pal.far}, p.tints...)
	pick := func() tone { return tones[p.IntN(len(tones))] }
	for range 3 {
		x, y := p.w*p.between(-0.1, 1.1), p.h*p.between(0, 0.9)
		p.disc(x, y, p.unit*p.between(0.25, 0.5), pick().rgba(), 0.35)
	}
	for range 4 + p.IntN(4) {
		x, y := p.w*p.between(0.08, 0.92), p.h*p.between(0.06, 0.72)
		r := p.unit * p.between(0.06, 0.22)
		c := pick().rgba()
		sin, cos := math.Sincos(p.between(0, 2*math.Pi))
		switch p.IntN(5) {
		case 0:
			p.disc(x, y, r, c, 0.9)
		case 1:
			for i := range 4 {
				p.ring(x, y, r*(0.4+0.25*float64(i)), p.unit*0.012, c, 0.9)
			}
		case 2:
			p.polygon(c, x+r*cos, y+r*sin, x-r*sin, y+r*cos, x-r*cos, y-r*sin)
		case 3:
			p.box(x-r, y-r*0.35, x+r, y+r*0.35, r*0.35, c, 0.9)
		case 4:
			w := r * 0.10
			for i := range 5 {
				ox := (float64(i) - 2) * r * 0.3
				p.polygon(c, x+ox+r*cos-w, y+r*sin, x+ox+r*cos+w, y+r*sin, x+ox-r*cos+w, y-r*sin, x+ox-r*cos-w, y-r*sin)
			}
		}
	}
	ink := pal.near.mix(tone{.2, .02, 280}, 0.5).rgba()
	line := p.waves(3, 5)
	y := p.h * p.between(0.25, 0.55)
	for i := range 2 {
		drop := p.unit * (0.006 + 0.05*float64(i))
		for x := 0.0; x < p.w; x += max(1, p.unit*0.004) {
			p.disc(x, y+drop+p.unit*0.16*line(x/p.unit), p.unit*0.004, ink, 0.8)
		}
	}
}
