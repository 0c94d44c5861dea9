package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// standard is what stands for standard output as a file's name, and for
// standard input as the text.
const standard = "-"

// An asked is what `imagine` was asked for.
type asked struct {
	words []string // for join
	stdin int      // which word is to be read from standard input; -1 for none
	to    output
	help  bool
}

// parseArgs takes the shell's own options out of args, wherever they stand;
// everything after "--" is text as it is.
func parseArgs(args []string) (asked, error) {
	a := asked{stdin: -1}
	var texts []int // which words are no options and no values of options
	value := false  // the next word belongs to an option of the shared parser
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		file, toFile := strings.CutPrefix(arg, "-o")
		switch {
		case arg == "-h" || arg == "--help":
			return asked{help: true}, nil
		case arg == "-f" || arg == "--force":
			a.to.Force = true
		case toFile:
			if file == "" && len(args) > 0 {
				file, args = args[0], args[1:]
			} else {
				file = strings.TrimPrefix(file, "=")
			}
			if file == "" || file != standard && strings.HasPrefix(file, "-") {
				return asked{}, UsageError("-o needs a file's name, such as -o fox.png, or - for standard output.")
			}
			a.to.File = file
		case arg == "--":
			for _, word := range args {
				texts = append(texts, len(a.words))
				a.words = append(a.words, literally(word))
			}
			return a, nil
		case len(texts) == 0 && !value && isShort(arg):
			return asked{}, UsageError(fmt.Sprintf(
				"There is no option %s: the short ones are -o, -f and -h, and -- goes before a text that begins like one, as in kellybot imagine -- %[1]s.", arg))
		default:
			option := isOption(arg)
			if !option && !value {
				texts = append(texts, len(a.words))
			}
			value = option && takesNext(arg)
			a.words = append(a.words, arg)
		}
	}
	if len(texts) == 1 && a.words[texts[0]] == standard {
		a.stdin = texts[0]
	}
	return a, nil
}

// isShort reports whether the word looks like a short option.
func isShort(word string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimPrefix(word, "-"))
	return strings.HasPrefix(word, "-") && unicode.IsLetter(first)
}

// isOption reports whether the word is an option of the shared parser, with
// its value or without.
func isOption(word string) bool { return word != "--" && strings.HasPrefix(word, "--") }

// takesNext reports whether the option's value is in the next word.
func takesNext(option string) bool { return !strings.ContainsAny(option, "= \t\n") }

// optionStart is where the shared parser may see an option: at two hyphens, or
// the one dash that phones make of them, with any backslashes before.
var optionStart = regexp.MustCompile(`(^|[\s\v\x{85}\pZ])(\\*(?:--|—|–)\pL)`)

// literally protects a word from being read as options.
func literally(word string) string { return optionStart.ReplaceAllString(word, `${1}\${2}`) }

// join makes one line of words, as one would type it in a chat. A word with
// white space after an option was one value in the shell, so it gets quotes to
// stay one.
func join(words []string) string {
	words = slices.Clone(words)
	for i := len(words) - 1; i > 0; i-- {
		words[i] = valued(words[i-1], words[i])
	}
	return strings.Join(words, " ")
}

func valued(before, word string) string {
	option := isOption(before) && takesNext(before)
	switch {
	case !option || word != "" && !strings.ContainsFunc(word, unicode.IsSpace), strings.HasPrefix(word, "--"):
		return word
	case strings.Contains(word, `"`):
		return fmt.Sprintf("“%s”", word)
	}
	return `"` + word + `"`
}
