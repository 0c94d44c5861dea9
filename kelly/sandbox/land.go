package sandbox

import "math"

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

func (p *painter) forest() {
	p.sky(p.between(0.18, 0.36))
	p.layers = max(p.layers, 4)
	for i := range p.layers {
		ground, base := p.waves(2, 3), p.base(i, 0.50, 0.80)
		crest, foot := p.depth(i)
		if p.palette.snow { // dark trees before the white ground
			dark := tone{.66, .05, 250}.mix(tone{.30, .05, 215}, float64(i)/float64(p.layers-1))
			crest = dark.mix(p.palette.far, 0.2)
			foot = crest.mix(p.palette.near, 0.6)
		}
		trees := p.firs(p.unit * (0.12 + 0.10*float64(i)/float64(p.layers)))
		p.ridge(func(x float64) float64 {
			return base + p.unit*0.04*ground(x/p.unit) - trees(x)
		}, crest, foot)
	}
	if p.palette.snow {
		ground := p.waves(2, 3)
		p.ridge(func(x float64) float64 {
			return p.h*0.80 + p.unit*0.04*ground(x/p.unit)
		}, p.palette.near, p.palette.near.mix(p.palette.far, 0.3))
	}
}

// firs returns the outline of a row of trees about size pixels high.
func (p *painter) firs(size float64) func(x float64) float64 {
	step := max(size*0.2, 2)
	heights := make([]float64, int(p.w/step)+5)
	for i := range heights {
		if p.IntN(5) > 0 {
			heights[i] = size * p.between(0.45, 1.2)
		}
	}
	return func(x float64) float64 {
		at := int(x/step) + 2
		tallest := 0.0
		for i := at - 2; i <= at+2; i++ {
			from := math.Abs(x-(float64(i)-1.5)*step) / (0.34 * heights[i])
			if from < 1 {
				tallest = max(tallest, heights[i]*math.Pow(1-from, 1.25))
			}
		}
		return tallest
	}
}
