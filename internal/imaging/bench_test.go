package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	"kellybot/kelly"
)

// photo draws soft shapes with some grain, which compresses about as a
// photograph does.
func photo(width, height int) *image.RGBA {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := 110 + 60*math.Sin(float64(x)/37) + 50*math.Cos(float64(y)/53) + 9*random.NormFloat64()
			img.SetRGBA(x, y, color.RGBA{clamp(v), clamp(v*0.8 + 20), clamp(230 - v), 255})
		}
	}
	return img
}

func clamp(v float64) byte { return byte(min(max(v, 0), 255)) }

func asPNG(tb testing.TB, img image.Image) *kelly.Picture {
	tb.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	p, err := kelly.NewPicture(b.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func BenchmarkFit(b *testing.B) {
	for _, bench := range []struct {
		name          string
		width, height int
		limit         int64
	}{
		{"1MP/keeps its size", 1024, 1024, 512 << 10},
		{"1MP/keeps its size, poorly", 1024, 1024, 64 << 10},
		{"20MP/keeps its size", 5000, 4000, 10 << 20},
		{"20MP/becomes smaller", 5000, 4000, 1 << 20},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p := asPNG(b, photo(bench.width, bench.height))
			var fitted *kelly.Picture
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if fitted, err = Fit(b.Context(), p, bench.limit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p.Bytes())), "from-bytes")
			b.ReportMetric(float64(len(fitted.Bytes()))/float64(bench.limit), "of-limit")
			b.ReportMetric(float64(fitted.Width), "wide")
		})
	}
}
