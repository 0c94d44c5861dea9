package commands

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseOptions takes the options out of what a user typed after the command
// and returns the rest, otherwise untouched but for the white space around it,
// and the values by Option.Name. Its errors are Refusals.
//
// Only what stands after white space (or first) is an option: two hyphens and
// a letter, or the one dash that phones make of two hyphens before a known
// name. One hyphen before a known name is a Refusal, and so are two and a space
// before one with a value: they may be meant as either.
// A backslash before the dashes takes them literally.
func parseOptions(command, text string, options []Option) (rest string, values map[string]string, err error) {
	p := optionParser{command: command, text: text, options: options}
	var kept strings.Builder
	values = map[string]string{}
	for p.pos < len(p.text) {
		if p.atWord() {
			if p.literal() {
				p.pos++ // the backslash
				kept.WriteString(p.takeRune())
				continue
			}
			name, size, found := p.option(p.pos)
			if found {
				p.start = p.pos
				p.pos += size
				if err := p.value(name, values); err != nil {
					return "", nil, err
				}
				continue
			}
		}
		kept.WriteString(p.takeRune())
	}
	return strings.TrimSpace(kept.String()), values, nil
}

type optionParser struct {
	command, text string
	options       []Option
	pos           int
	start         int // of the option that is being read
}

func (p *optionParser) take(n int) string {
	p.pos += n
	return p.text[p.pos-n : p.pos]
}

func (p *optionParser) takeRune() string {
	_, size := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.take(size)
}

// atWord reports whether a word may begin here: at the start or after white space.
func (p *optionParser) atWord() bool {
	last, size := utf8.DecodeLastRuneInString(p.text[:p.pos])
	return size == 0 || unicode.IsSpace(last)
}

// literal reports whether \--word stands here, with the dashes of a phone or
// with more backslashes too: the first one is to be left out.
func (p *optionParser) literal() bool {
	after := strings.TrimLeft(p.text[p.pos:], `\`)
	return len(after) < len(p.text)-p.pos && startsLike(after)
}

// startsLike reports whether s starts as an option does, or as what may be
// taken for one.
func startsLike(s string) bool { return startsOption(s) || startsDashed(s) || spaced(s) > 0 }

// startsOption reports whether s starts with two hyphens and a letter.
func startsOption(s string) bool {
	after, ok := strings.CutPrefix(s, "--")
	first, _ := utf8.DecodeRuneInString(after)
	return ok && unicode.IsLetter(first)
}

// startsDashed reports whether s starts with the one dash that phones make of
// two hyphens, or with one hyphen, and a letter.
func startsDashed(s string) bool {
	dash, size := utf8.DecodeRuneInString(s)
	first, _ := utf8.DecodeRuneInString(s[size:])
	return (dash == '—' || dash == '–' || dash == '-') && unicode.IsLetter(first)
}

// spaced returns the length in bytes of two hyphens and the white space after
// them where s starts with these and a letter, and else 0.
func spaced(s string) int {
	after, ok := strings.CutPrefix(s, "--")
	name := strings.TrimLeftFunc(after, unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(name)
	if !ok || len(name) == len(after) || !unicode.IsLetter(first) {
		return 0
	}
	return len(s) - len(name)
}

// option reads an option's dashes and name at i, without what follows, and
// returns their length in bytes.
func (p *optionParser) option(i int) (name string, size int, found bool) {
	s := p.text[i:]
	dashes := 0
	switch {
	case startsOption(s):
		dashes = len("--")
	case startsDashed(s):
		_, dashes = utf8.DecodeRuneInString(s)
	case spaced(s) > 0:
		dashes = spaced(s)
	default:
		return "", 0, false
	}
	name = s[dashes:]
	if end := strings.IndexFunc(name, func(r rune) bool { return r == '=' || unicode.IsSpace(r) }); end >= 0 {
		name = name[:end]
	}
	size = dashes + len(name)
	name = strings.ToLower(name)
	// Dashes before any other word are dashes.
	found = startsOption(s) || p.known(name) != nil
	return name, size, found && (spaced(s) == 0 || strings.TrimSpace(s[size:]) != "")
}

func (p *optionParser) known(name string) *Option {
	for i := range p.options {
		if p.options[i].Flag == name {
			return &p.options[i]
		}
	}
	return nil
}

// value reads the value of the named option, which has just been read, and
// the white space after it.
func (p *optionParser) value(name string, values map[string]string) error {
	option := p.known(name)
	if option == nil || p.misdashed() {
		return p.unknown(name)
	}
	if option.Switch {
		p.skipSpace()
		values[option.Name] = SwitchedOn
		return nil
	}
	if strings.HasPrefix(p.text[p.pos:], "=") {
		p.pos++
	} else {
		p.skipSpace()
	}
	var value string
	inQuotes := false
	if quote, size := utf8.DecodeRuneInString(p.text[p.pos:]); isQuote(quote) {
		p.pos += size
		inQuotes = true
		end := strings.IndexFunc(p.text[p.pos:], isQuote)
		if end < 0 {
			return refuse("The quote after %s is not closed: write it as in %s.", code("--"+option.Flag), code(example(*option, true)))
		}
		value = p.take(end)
		_, size = utf8.DecodeRuneInString(p.text[p.pos:])
		p.pos += size
	} else {
		value = p.bare(option.Words)
	}
	p.skipSpace()

	value = strings.TrimSpace(value)
	if value == "" && !(inQuotes && option.Words) { // "" is no words, rather than the usual ones
		return refuse("%s needs a value, such as %s.", code("--"+option.Flag), code(example(*option, false)))
	}
	if before, given := values[option.Name]; given {
		if !option.Words {
			return refuse("%s stands there twice: give it once, such as %s.", code("--"+option.Flag), code(example(*option, false)))
		}
		value = listed(before, value)
	}
	values[option.Name] = value
	return nil
}

// bare reads an unquoted value: one word, or with words everything up to the
// next option.
func (p *optionParser) bare(words bool) string {
	var value strings.Builder
	for p.pos < len(p.text) {
		if p.atWord() {
			if _, _, found := p.option(p.pos); found {
				break
			}
			if p.literal() {
				p.pos++
				value.WriteString(p.takeRune())
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !words && unicode.IsSpace(r) {
			break
		}
		value.WriteString(p.take(size))
	}
	return value.String()
}

// misdashed reports whether the option that is being read has one hyphen, or
// two and a space.
func (p *optionParser) misdashed() bool {
	return p.text[p.start] == '-' && !startsOption(p.text[p.start:])
}

func (p *optionParser) skipSpace() {
	p.pos = len(p.text) - len(strings.TrimLeftFunc(p.text[p.pos:], unicode.IsSpace))
}

func (p *optionParser) unknown(name string) error {
	var flags []string
	bare := strings.TrimRight(name, "0123456789.")
	meant := "" // the flag of the option whose field is called so, or that a number follows
	for _, option := range p.options {
		if option.Flag != "" {
			flags = append(flags, option.Flag)
		}
		if option.Name == name || option.Flag == bare {
			meant = option.Flag
		}
	}
	written := "--" + echo(name)
	switch {
	case spaced(p.text[p.start:]) > 0:
		written = "-- " + echo(name)
	case p.misdashed():
		written = written[1:]
	}
	near, alike := Nearest(name, flags)
	if slices.Contains(elsewhere, bare) {
		alike = false
	}
	if meant != "" {
		near, alike = meant, true
	}
	if len(flags) == 0 {
		return refuse("There is no option %s here: leave it out.", code(written))
	}
	if !alike && len(flags) == 1 {
		return refuse(`There is no option %s: the only one is %s, and %s has it in the text as it is.`,
			code(written), code("--"+flags[0]), code(`\`+written))
	}
	if !alike {
		last := len(flags) - 1
		return refuse(`There is no option %s: the options are --%s and --%s, and %s has it in the text as it is.`,
			code(written), strings.Join(flags[:last], ", --"), flags[last], code(`\`+written))
	}
	right := "/" + p.command + " " + p.text[:p.start] + "--" + near + glued(name, near) + p.text[p.pos:]
	if utf8.RuneCountInString(right) > maxCopied {
		right = example(*p.known(near), false)
	}
	return refuse(`There is no option %s: send %s instead, or write %s to have it in the text as it is.`,
		code(written), code(right), code(`\`+written))
}

// elsewhere are options that people bring along from Midjourney, or from another
// command, and mean as they are: what is near is no slip of theirs.
var elsewhere = []string{
	"n", "c", "chaos", "cref", "cw", "draft", "exp", "fast", "hd", "iw", "niji", "oref", "ow", "p", "profile", "q", "quality", "r", "raw", "relax",
	"repeat", "s", "seed", "sref", "stop", "stylize", "sv", "sw", "tile", "turbo", "v", "version", "video", "w", "weird",
}

// glued is the number that stands in name right after the option, as in --n4,
// apart from it.
func glued(name, option string) string {
	value, ok := strings.CutPrefix(name, option)
	if !ok || value == "" || value[0] < '0' || value[0] > '9' {
		return ""
	}
	return " " + value
}

// maxCopied bounds a command that a sentence shows to be copied, in characters.
const maxCopied = 600

// SwitchedOn is the value of an Option that is a Switch and is on.
const SwitchedOn = "yes"

// literally is text that parseOptions returns as it is here.
func literally(text string) string {
	p := optionParser{text: text}
	var quoted strings.Builder
	for p.pos < len(p.text) {
		if after := p.text[p.pos:]; p.atWord() && (p.literal() || startsLike(after)) {
			quoted.WriteByte('\\')
		}
		quoted.WriteString(p.takeRune())
	}
	return quoted.String()
}

// example is the option as one would type it.
func example(o Option, inQuotes bool) string {
	value := o.Example
	switch {
	case o.Switch:
		return "--" + o.Flag
	case inQuotes:
		value = `"` + value + `"`
	case !o.Words:
		value = quoted(value)
	}
	return "--" + o.Flag + " " + value
}

func isQuote(r rune) bool { return strings.ContainsRune(`"“”„`, r) }
