package sandbox

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The model lists are as long as the real service's. PhotoPerfect is the one
// name that is known from there; the others are made up.
var (
	sdModels = strings.Fields(`
PhotoPerfect PhotoPerfectLite PhotoPerfectNight PortraitStudio PortraitClassic
StreetLens WideAngle FilmGrain Polaroid Daguerreotype
LandscapePro AlpineLight GoldenHour BlueHour Seascape
CityLights NeonNights RainyDay WinterTale AutumnLeaves
Watercolor WatercolorSoft OilOnCanvas Impasto Gouache
InkWash PencilSketch Charcoal Pastel Linocut
AnimeClassic AnimeBright AnimeFilm MangaInk ChibiFriends
ComicPulp ComicNoir GraphicNovel Storybook PaperCut
PixelArt VoxelWorld LowPoly Isometric ClayRender
ToyBox ProductShot Architecture Interior Blueprint
FantasyRealm DragonForge SciFiVista RetroFuture Steampunk
Surreal Abstract MinimalShapes
`)
	sdxlModels = strings.Fields(`
PhotoPerfectXL PortraitStudioXL CinematicXL LandscapeXL
AnimeXL IllustrationXL FantasyXL ConceptArtXL
`)
)

func knows(model string) bool {
	return slices.Contains(sdModels, model) || slices.Contains(sdxlModels, model)
}

// clip shortens what a stranger wrote to a length fit for an error.
func clip(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		return string([]rune(s)[:60]) + "…"
	}
	return s
}
