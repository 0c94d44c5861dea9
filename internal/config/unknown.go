package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nearMiss is how many typing errors make another name of one.
const nearMiss = 2

// unknown looks for names that somebody meant as settings. In the file that is
// every one; in the environment, which others fill too, those that are much
// like a setting. A near miss in the file of what says who may use the bot is
// an error: without it the bot would be open to all. A name that does not look
// like one may be a secret in the wrong place: it is not quoted, and line says
// where in the file it is.
func unknown(file, environ map[string]string, line func(name string) string) (warnings []string, wrong []error) {
	names := maps.Clone(environ)
	maps.Copy(names, file)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.ContainsFunc(settings, func(s setting) bool { return s.name == name }) {
			continue
		}
		_, inFile := file[name]
		missed := missedBy(name)
		prefix, rest, _ := strings.Cut(name, "_")
		ours := rest != "" && slices.Contains([]string{"KELLY", "DISCORD", "TELEGRAM"}, prefix)
		if !inFile && !ours && (missed == "" || name == "GORACE") { // the race detector's, and much like GRACE
			continue
		}
		near := missed
		switch {
		case near != "":
		case ours:
			near = nearest(prefix+"_", rest)
		default:
			near = nearest("", name)
		}
		quoted := name
		switch {
		case missed != "" || looksLikeOne(name):
		case inFile:
			quoted, near = line(name), ""
		default:
			quoted, near = "a name in the environment that begins with "+prefix+"_", ""
		}
		warning := quoted + " is no setting and has no effect"
		if near != "" {
			warning += "; did you mean " + near + "?"
		}
		if inFile && slices.Contains([]string{"ALLOW_USERS", "ALLOW_CHATS", "ADMINS"}, missed) {
			wrong = append(wrong, fmt.Errorf("%s is no setting: write %s, or take the line out", name, missed))
			continue
		}
		warnings = append(warnings, warning)
	}
	return warnings, wrong
}

// looksLikeOne reports whether the name is written as settings are.
func looksLikeOne(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// missedBy returns the setting that name is a near miss of, or "".
func missedBy(name string) string {
	for _, s := range settings {
		if within(strings.ToUpper(name), s.name, nearMiss) {
			return s.name
		}
	}
	return ""
}

// within reports whether at most n letters inserted, deleted or replaced make
// b of a.
func within(a, b string, n int) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if a == "" || b == "" {
		return len(a)+len(b) <= n
	}
	return n > 0 && (within(a[1:], b, n-1) || within(a, b[1:], n-1) || within(a[1:], b[1:], n-1))
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
