package sandbox

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
