package sandbox

func (p *painter) sea() {
	sunX, sunR := p.sky(p.between(0.26, 0.46))
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
	for i := range 1 + p.IntN(3) {
		near := float64(i) // boats in front are larger
		p.boat(p.w*p.between(0.1, 0.9), p.h*(0.55+0.035*near), p.unit*(0.03+0.03*near)*p.between(0.9, 1.2))
	}
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
