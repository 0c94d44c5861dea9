package config

import (
	"maps"
	"slices"
	"strings"
)

// unknown warns of names that somebody may have meant as settings.
func unknown(values map[string]string) []string {
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		prefix, rest, _ := strings.Cut(name, "_")
		known := slices.ContainsFunc(settings, func(s setting) bool { return s.name == name })
		if known || rest == "" || !slices.Contains([]string{"KELLY", "DISCORD", "TELEGRAM"}, prefix) {
			continue
		}
		warning := name + " is no setting and has no effect"
		if near := nearest(prefix+"_", rest); near != "" {
			warning += "; did you mean " + near + "?"
		}
		warnings = append(warnings, warning)
	}
	return warnings
}

// nearest returns the setting of that prefix whose name is most like
// prefix+rest, or "" when none is. Likeness is the share of common pairs of
// letters, as people leave out and add whole words: DISCORD_BOT_TOKEN.
func nearest(prefix, rest string) string {
	const enough = 0.4
	best, bestLikeness := "", enough
	for _, s := range settings {
		candidate, ours := strings.CutPrefix(s.name, prefix)
		if !ours {
			continue
		}
		common, all := 0, len(rest)+len(candidate)-2
		for i := range len(rest) - 1 {
			if strings.Contains(candidate, rest[i:i+2]) {
				common += 2
			}
		}
		if likeness := float64(common) / float64(all); likeness >= bestLikeness {
			best, bestLikeness = s.name, likeness
		}
	}
	return best
}
