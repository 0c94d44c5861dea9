package commands

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// leastLikeness is where two words begin to be alike: little more than a third
// of the longer one needs an edit, or one holds the other.
const leastLikeness = 0.63

// Nearest returns the candidate that is most like word, without regard to
// case; "" when there are none. alike says whether it is like word at all.
func Nearest(word string, candidates []string) (best string, alike bool) {
	for _, near := range nearestOf(word, candidates, 1) {
		return near, likeness(strings.ToLower(word), strings.ToLower(near)) >= leastLikeness
	}
	return "", false
}

// nearestOf returns at most n candidates, those that are most like word first.
func nearestOf(word string, candidates []string, n int) []string {
	word = strings.ToLower(word)
	scores := make(map[string]float64, len(candidates))
	for _, candidate := range candidates {
		scores[candidate] = likeness(word, strings.ToLower(candidate))
	}
	near := slices.Clone(candidates)
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(scores[b], scores[a]) })
	near = slices.Compact(near)
	return near[:min(n, len(near))]
}

// likeness is between 0 and 2: how much of the longer word needs no edit, and
// 1 more when one holds the other. That a word holds a candidate of one letter
// says nothing.
func likeness(word, candidate string) float64 {
	longer := max(utf8.RuneCountInString(word), utf8.RuneCountInString(candidate))
	if longer == 0 {
		return 0
	}
	score := 1 - float64(distance(word, candidate))/float64(longer)
	if word != "" && (strings.Contains(candidate, word) || len(candidate) > 1 && strings.Contains(word, candidate)) {
		score++
	}
	return score
}

// maxCompared bounds the words that distance compares, in runes.
const maxCompared = 64

// distance is the least number of inserted, deleted, replaced or swapped
// neighbouring characters that make b of a (optimal string alignment).
func distance(a, b string) int {
	s, t := firstRunes(a), firstRunes(b)
	before, above, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		above[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, above[j+1]+1, above[j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(t)]
}

func firstRunes(s string) []rune {
	r := []rune(s)
	return r[:min(len(r), maxCompared)]
}

// complete returns at most limit candidates for what is typed so far, without
// regard to case: those that start with it, then those that hold it, be it
// with other spaces and hyphens, then those that hold its characters in that
// order.
func complete(typed string, candidates []string, limit int) []string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var ranked [3][]string
	for _, candidate := range candidates {
		switch lower := strings.ToLower(candidate); {
		case strings.HasPrefix(lower, typed):
			ranked[0] = append(ranked[0], candidate)
		case strings.Contains(lower, typed), strings.Contains(squash(lower), squash(typed)):
			ranked[1] = append(ranked[1], candidate)
		case holdsInOrder(lower, typed):
			ranked[2] = append(ranked[2], candidate)
		}
	}
	all := append(append(ranked[0], ranked[1]...), ranked[2]...)
	return all[:min(len(all), limit)]
}

func holdsInOrder(s, runes string) bool {
	for _, r := range runes {
		i := strings.IndexRune(s, r)
		if i < 0 {
			return false
		}
		s = s[i+utf8.RuneLen(r):]
	}
	return true
}
