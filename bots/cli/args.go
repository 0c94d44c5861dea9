package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// standardOutput is the file name that stands for it.
const standardOutput = "-"

// An asked is what `imagine` was asked for.
type asked struct {
	text string // for the parser that all platforms share
	to   output
	help bool
}

// parseArgs takes the shell's own options out of args, wherever they stand;
// everything after "--" is text. The rest is joined as one would type it in a
// chat.
func parseArgs(args []string) (asked, error) {
	var a asked
	var words []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch arg {
		case "-h", "--help":
			return asked{help: true}, nil
		case "-f", "--force":
			a.to.Force = true
		case "-o":
			if len(args) == 0 || args[0] == "" {
				return asked{}, UsageError("-o needs a file's name, such as -o fox.png, or - for standard output.")
			}
			a.to.File, args = args[0], args[1:]
		case "--":
			words, args = append(words, args...), nil
		default:
			words = append(words, arg)
		}
	}
	a.text = join(words)
	return a, nil
}

// join makes one line of words. A word with white space after an option was
// one value in the shell, so it gets quotes to stay one.
func join(words []string) string {
	var line strings.Builder
	for i, word := range words {
		if i > 0 {
			line.WriteByte(' ')
			word = valued(words[i-1], word)
		}
		line.WriteString(word)
	}
	return line.String()
}

func valued(before, word string) string {
	option := before != "--" && strings.HasPrefix(before, "--") && !strings.ContainsAny(before, "= \t\n")
	switch {
	case !option || word != "" && !strings.ContainsFunc(word, unicode.IsSpace), strings.HasPrefix(word, "--"):
		return word
	case strings.Contains(word, `"`):
		return fmt.Sprintf("“%s”", word)
	}
	return `"` + word + `"`
}
