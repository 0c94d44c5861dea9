package sandbox

import (
	"image/color"
	"math"
)

// A tone is a colour in OKLCH: lightness 0 to 1, chroma 0 to about 0.3, hue in
// degrees. Tones mix without the grey middle that RGB has.
type tone struct{ l, c, h float64 }

// mix returns the tone that lies part (0 to 1) of the way to other.
func (t tone) mix(other tone, part float64) tone {
	ta, tb := t.ab()
	oa, ob := other.ab()
	a, b := ta+(oa-ta)*part, tb+(ob-tb)*part
	return tone{
		l: t.l + (other.l-t.l)*part,
		c: math.Hypot(a, b),
		h: math.Atan2(b, a) * 180 / math.Pi,
	}
}

func (t tone) ab() (a, b float64) {
	sin, cos := math.Sincos(t.h * math.Pi / 180)
	return t.c * cos, t.c * sin
}

// rgba converts by Björn Ottosson's OKLab matrices; what sRGB cannot show is
// clipped.
func (t tone) rgba() color.RGBA {
	a, b := t.ab()
	l := cube(t.l + 0.3963377774*a + 0.2158037573*b)
	m := cube(t.l - 0.1055613458*a - 0.0638541728*b)
	s := cube(t.l - 0.0894841775*a - 1.2914855480*b)
	return color.RGBA{
		R: gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}

func cube(x float64) float64 { return x * x * x }

func gamma(x float64) uint8 {
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * clamp(x, 0, 1)))
}

// toneOf is the inverse of rgba, of a colour without transparency.
func toneOf(c color.RGBA) tone {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	oa := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	ob := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	h := math.Atan2(ob, oa) * 180 / math.Pi
	if h < 0 {
		h += 360
	}
	return tone{
		l: 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		c: math.Hypot(oa, ob),
		h: h,
	}
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func clamp(x, low, high float64) float64 { return math.Min(math.Max(x, low), high) }

// smooth eases from 0 to 1 as x runs from low to high.
func smooth(low, high, x float64) float64 {
	t := clamp((x-low)/(high-low), 0, 1)
	return t * t * (3 - 2*t)
}
