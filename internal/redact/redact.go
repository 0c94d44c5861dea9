// Package redact takes secrets out of what the program writes, as its last
// step: nothing that is logged or told holds one to begin with, and this is for
// the day on which a library or a peer's answer does.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// mark stands where a secret was.
	mark = "[secret]"
	// shortest is how long a secret is at least, in bytes: what is shorter is
	// part of words, and taking it out of them would tell it.
	shortest = 6
	// depth is how many quotes stand around each other: a peer's JSON that an
	// error quotes is quoted by the log.
	depth = 3
)

// A Redactor takes out the secrets that it was told, as they are and as they
// stand in URLs and in quotes, and what has the form of one that nobody could
// tell it. The zero Redactor knows the forms alone. It is safe for concurrent use.
type Redactor struct{ known *strings.Replacer }

// New returns a Redactor for the secrets. Those of fewer than 6 bytes, and
// empty ones, are none.
func New(secrets ...string) Redactor {
	var written []string
	for _, secret := range secrets {
		if len(secret) >= shortest {
			written = append(written, writings(secret)...)
		}
	}
	// The replacer prefers what comes first: a secret to a part of it.
	slices.SortFunc(written, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, w := range slices.Compact(written) {
		pairs = append(pairs, w, mark)
	}
	return Redactor{strings.NewReplacer(pairs...)}
}

// writings are the ways in which a secret is written: as it is and in URLs,
// each by itself and in quotes of quotes, and as a part of what is base64.
func writings(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.TrimPrefix(url.UserPassword("", secret).String(), ":")}
	for range depth {
		for _, w := range slices.Clone(all) {
			inGo := strconv.Quote(w)
			inJSON, _ := json.Marshal(w) // a string cannot fail
			all = append(all, inGo[1:len(inGo)-1], string(inJSON[1:len(inJSON)-1]))
		}
		slices.Sort(all)
		all = slices.Compact(all)
	}
	for before := range 3 { // bytes that share the secret's first letters
		text := append(make([]byte, before), secret...)
		whole := text[:len(text)/3*3]
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			if w := encoding.EncodeToString(whole)[(before*4+2)/3:]; len(w) >= shortest {
				all = append(all, w)
			}
		}
	}
	return all
}

// String returns the text without secrets.
func (r Redactor) String(text string) string {
	if r.known != nil {
		text = r.known.Replace(text)
	}
	for _, f := range forms {
		text = f.form.ReplaceAllString(text, f.instead)
	}
	return text
}

// Writer returns a writer that passes on to w what is written to it, without
// secrets, in as many writes. A secret must come in one write, as it does from
// slog's handlers, which write each line whole: the Writer stands beneath
// them, where every value has its last form, whatever its type.
func (r Redactor) Writer(w io.Writer) io.Writer { return writer{r, w} }

type writer struct {
	redactor Redactor
	next     io.Writer
}

// Write implements io.Writer.
func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.next, w.redactor.String(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
