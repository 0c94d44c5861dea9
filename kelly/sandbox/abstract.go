package sandbox

import "math"

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
