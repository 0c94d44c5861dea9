package sandbox

import (
	"cmp"
	"math/rand/v2"
	"strings"
	"unicode"
)

// A palette holds the tones of one picture.
type palette struct {
	zenith, horizon tone // of the sky
	far, near       tone // of the land
	light           tone // of the sun or moon, and of windows and sails
	night           bool
	snow            bool
}

// moods are the palettes to start from.
var moods = map[string]palette{
	"day": {
		zenith: tone{.66, .12, 245}, horizon: tone{.93, .04, 215},
		far: tone{.74, .06, 215}, near: tone{.42, .09, 150}, light: tone{.97, .07, 98},
	},
	"dawn": {
		zenith: tone{.66, .09, 275}, horizon: tone{.91, .08, 45},
		far: tone{.72, .07, 320}, near: tone{.36, .07, 285}, light: tone{.98, .05, 75},
	},
	"sunset": {
		zenith: tone{.42, .12, 295}, horizon: tone{.83, .14, 62},
		far: tone{.58, .12, 12}, near: tone{.22, .06, 300}, light: tone{.94, .12, 85},
	},
	"night": {
		zenith: tone{.17, .06, 275}, horizon: tone{.43, .09, 268},
		far: tone{.33, .07, 268}, near: tone{.13, .04, 270}, light: tone{.95, .03, 95}, night: true,
	},
	"mist": {
		zenith: tone{.80, .03, 205}, horizon: tone{.95, .02, 95},
		far: tone{.82, .03, 200}, near: tone{.38, .05, 185}, light: tone{.99, .02, 95},
	},
	"winter": {
		zenith: tone{.63, .08, 250}, horizon: tone{.93, .03, 290},
		far: tone{.80, .04, 260}, near: tone{.97, .012, 240}, light: tone{.99, .03, 80}, snow: true,
	},
	"warm": {
		zenith: tone{.72, .09, 225}, horizon: tone{.93, .07, 85},
		far: tone{.76, .10, 65}, near: tone{.52, .11, 45}, light: tone{.98, .09, 95},
	},
}

// usual are the moods of a prompt whose words set none.
var usual = []string{"day", "day", "dawn", "sunset", "night", "mist", "warm"}

// colours are the words that put their tone into the picture.
var colours = map[string]tone{
	"red": {.60, .22, 27}, "crimson": {.52, .20, 20}, "scarlet": {.60, .23, 30}, "ruby": {.50, .19, 15},
	"orange": {.74, .18, 55}, "amber": {.80, .16, 75}, "gold": {.82, .15, 88}, "golden": {.82, .15, 88},
	"yellow": {.90, .17, 100}, "green": {.66, .18, 145}, "emerald": {.64, .15, 160}, "lime": {.86, .20, 128},
	"olive": {.60, .10, 110}, "teal": {.62, .11, 195}, "turquoise": {.78, .12, 190}, "cyan": {.82, .13, 205},
	"blue": {.56, .18, 258}, "navy": {.32, .11, 265}, "azure": {.72, .14, 245}, "indigo": {.42, .17, 280},
	"purple": {.50, .20, 305}, "violet": {.55, .19, 298}, "lavender": {.80, .09, 300}, "magenta": {.65, .25, 330},
	"pink": {.80, .13, 355}, "rose": {.70, .16, 10}, "brown": {.46, .08, 55}, "beige": {.88, .04, 85},
	"white": {.97, .005, 90}, "silver": {.82, .01, 250}, "grey": {.62, .01, 250}, "gray": {.62, .01, 250},
	"black": {.20, .01, 270}, "copper": {.62, .12, 48}, "neon": {.78, .24, 335}, "rainbow": {.72, .20, 330},
	"fire": {.68, .20, 40}, "lava": {.60, .22, 33}, "blood": {.45, .18, 25}, "peach": {.86, .08, 55},
	"mint": {.88, .08, 165}, "chocolate": {.38, .07, 50}, "cherry": {.52, .20, 18}, "strawberry": {.62, .20, 20},
	"lemon": {.92, .15, 105}, "banana": {.91, .14, 100},
}

// moodWords and sceneWords are the other words that a picture heeds. A word
// stands in one line only of each: which of two counted would be chance.
var moodWords = invert(moodLists)

var moodLists = map[string]string{
	"day":    "day cloudy sunny noon summer spring meadow grass garden park morning",
	"dawn":   "dawn sunrise pastel soft dreamy blossom baby",
	"sunset": "sunset dusk evening twilight fire lava volcano apocalypse autumn fall",
	"night":  "night midnight moon moonlit star starry dark space galaxy astronaut planet cyberpunk neon universe nebula",
	"mist":   "mist misty fog foggy rain rainy ghost haunted pencil sketch marble",
	"winter": "snow snowy winter ice icy frozen glacier arctic antarctica penguin christmas polar",
	"warm":   "desert sand dune camel egypt egyptian pyramid savanna africa lion giraffe elephant wheat bread clay mars",
}

var sceneWords = invert(sceneLists)

var sceneLists = map[string]string{
	"hills":     "hill meadow grass field farm cow sheep horse dog garden flower countryside valley landscape fall dune desert sand camel pyramid lion savanna elephant giraffe",
	"mountains": "mountain peak alps glacier rock cliff canyon volcano snow winter ice castle dragon eagle penguin polar",
	"sea":       "sea ocean beach boat ship sail sailboat fish shark whale dolphin lake river water wave island harbor harbour lighthouse surf turtle octopus pirate",
	"forest":    "forest tree wood jungle fox deer bear wolf owl squirrel raccoon tiger sloth gecko frog mushroom moose rabbit bird leaf camp panda monkey",
	"city":      "city street building skyline skyscraper tower car bus taxi train house road bridge tokyo london paris manhattan robot cyberpunk apartment office urban downtown cityscape van subway motorcycle bicycle truck",
	"space":     "space galaxy astronaut planet star nebula universe rocket spaceship alien cosmos orbit mars saturn moon",
	"abstract":  "abstract cube sphere circle triangle geometric cubist picasso kandinsky logo sign symbol shape diagram icon square cup bottle book clock vase chair table block phone computer concept happiness infinity music violin guitar",
}

func invert(lists map[string]string) map[string]string {
	of := make(map[string]string)
	for name, words := range lists {
		for word := range strings.FieldsSeq(words) {
			of[word] = name
		}
	}
	return of
}

// A sketch is what the words of a prompt decide, before chance decides the rest.
type sketch struct {
	palette palette
	scene   string
	tints   []tone // the colours named, in order
}

// read finds a prompt's colours, mood and scene in its words; r decides what
// they leave open.
func read(prompt string, r *rand.Rand) sketch {
	var tints []tone
	var mood, scene string
	words := strings.FieldsFunc(strings.ToLower(prompt), func(c rune) bool { return !unicode.IsLetter(c) })
	for _, word := range words {
		for _, w := range []string{word, strings.TrimSuffix(word, "s"), strings.TrimSuffix(word, "es")} {
			t, isColour := colours[w]
			if isColour && len(tints) < 4 {
				tints = append(tints, t)
			}
			mood = cmp.Or(mood, moodWords[w])
			scene = cmp.Or(scene, sceneWords[w])
			if isColour || moodWords[w] != "" || sceneWords[w] != "" {
				break // only a word without a meaning may be a plural
			}
		}
	}
	mood = cmp.Or(mood, usual[r.IntN(len(usual))])
	scene = cmp.Or(scene, scenes[r.IntN(len(scenes))].name)
	return sketch{moods[mood], scene, tints}
}

// tint works the named colours in. The first warm or grey one colours the sun,
// cool ones the sky; all of them the land, where snow keeps most of its white.
func (p *palette) tint(tints []tone) {
	land := 0.5
	if p.snow {
		land = 0.1
	}
	for i, t := range tints {
		cool := t.c > 0.05 && t.h > 110 && t.h < 320
		switch {
		case cool:
			p.zenith = p.zenith.mix(t, 0.5)
			p.horizon = p.horizon.mix(t, 0.15)
		case i == 0:
			sun := t
			sun.l = max(t.l, p.light.l-0.32)
			p.light = sun
			p.horizon = p.horizon.mix(t, 0.28)
		}
		p.far = p.far.mix(t, land*0.7)
		p.near = p.near.mix(t, land/float64(i+1))
	}
}

// turn turns all hues by some degrees.
func (p *palette) turn(degrees float64) {
	p.each(func(t *tone) { t.h += degrees })
}

// dye makes all colours stronger or weaker.
func (p *palette) dye(chroma float64) {
	p.each(func(t *tone) { t.c *= chroma })
}

func (p *palette) each(change func(*tone)) {
	for _, t := range []*tone{&p.zenith, &p.horizon, &p.far, &p.near, &p.light} {
		change(t)
	}
}
