package wordlist

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A word is how it is spelled, and then how else it may be meant: one that
// mixes scripts, with the letters of one that look like another's.
type word []string

func (w word) is(spelling string) bool { return slices.Contains(w, spelling) }

// split is the words of a text: runs of letters, digits and what belongs to
// them. Scripts that write no spaces have a word for each sign, so that what is
// a word there is found wherever it stands.
func split(text string) []word {
	var words []word
	var run strings.Builder
	alone := false // the run is of such a script, and takes marks alone
	end := func() {
		if run.Len() > 0 {
			words = append(words, spellings(run.String()))
			run.Reset()
		}
	}
	for _, r := range folded(text) {
		if unicode.Is(unicode.M, r) {
			if run.Len() > 0 { // else it has nothing to stand on
				run.WriteRune(r)
			}
			continue
		}
		if sign := unicode.In(r, spaceless...); sign || alone || !unicode.In(r, unicode.L, unicode.N) {
			end()
			alone = sign
		}
		if unicode.In(r, unicode.L, unicode.N) {
			run.WriteRune(r)
		}
	}
	end()
	return words
}

// spaceless are the scripts in which no space parts words.
var spaceless = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// folded is text in one form for all ways to write the same: compatibility
// forms, such as full-width letters, become the usual ones, there is no case,
// and what cannot be seen is gone. So are marks that no letter has by itself,
// which decorate: those that make another letter of one stay, for "año" is not
// "ano".
func folded(text string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	composed := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(visible)))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Inherited, r) && unicode.In(r, unicode.Mn, unicode.Me) {
			return -1
		}
		return r
	}, composed)
}

// spellings are the word, and when it mixes Latin with Cyrillic or Greek
// letters, as no language does, the word with the look-alikes of one script. With
// digits around it they are also those of the word without.
func spellings(s string) word {
	has := func(script *unicode.RangeTable) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(script, r) })
	}
	latin, cyrillic, greek := has(unicode.Latin), has(unicode.Cyrillic), has(unicode.Greek)
	w := word{s}
	if latin && (cyrillic || greek) || cyrillic && greek {
		w = append(w, strings.Map(replaced(toLatin), s))
	}
	if latin && cyrillic {
		w = append(w, strings.Map(replaced(toCyrillic), s))
	}
	if bare := strings.TrimFunc(s, unicode.IsNumber); bare != "" && bare != s {
		w = append(w, spellings(bare)...)
	}
	return w
}

func replaced(by map[rune]rune) func(rune) rune {
	return func(r rune) rune {
		if other, ok := by[r]; ok {
			return other
		}
		return r
	}
}

// toLatin are the lower-case letters of other scripts that look like Latin
// ones, in either case, of https://www.unicode.org/Public/security/latest/confusables.txt.
var toLatin = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'ё': 'e', 'һ': 'h', 'н': 'h', 'і': 'i', 'ї': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l',
	'м': 'm', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'т': 't', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x', 'у': 'y', 'ү': 'y',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w',
}

// toCyrillic is the way back for a Latin letter in a Cyrillic word.
var toCyrillic = map[rune]rune{
	'a': 'а', 'b': 'в', 'c': 'с', 'e': 'е', 'h': 'н', 'i': 'і', 'j': 'ј', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 's': 'ѕ', 't': 'т', 'x': 'х', 'y': 'у',
}
