package sandbox

import "math"

func (p *painter) space() {
	pal := p.palette
	dark := tone{.13, .04, 280}
	haze := tone{.34, max(pal.horizon.c, 0.08), pal.horizon.h}
	p.gradient(dark.mix(pal.zenith, 0.3), dark.mix(haze, 0.55))
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
