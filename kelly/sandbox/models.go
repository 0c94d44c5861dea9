package sandbox

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The lists are as long as the real service's; only PhotoPerfect is known to
// be a name of its own.
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

// SDModels returns the names that GET sd/models lists.
func SDModels() []string { return slices.Clone(sdModels) }

// SDXLModels returns the names that GET sdxl/models lists.
func SDXLModels() []string { return slices.Clone(sdxlModels) }

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
