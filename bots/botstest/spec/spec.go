// Package spec holds what the adapters send against documents that others
// wrote: Discord's own OpenAPI description and the Bot API as JSON. The local
// servers of both platforms look through a [Checker] at every request, so that
// no test has to ask for it, whichever process sent the request.
//
// The documents are no part of this repository: docs/specifications.md says
// where they come from. Without them only the rules are checked that they
// leave out, which the tables in this package hold.
package spec

import (
	"cmp"
	"os"
	"path/filepath"
	"sync"
)

// Variable names the folder with the documents in the environment. Where it is
// not set they are looked for beside the checkout, in shared/specs.
const Variable = "KELLYBOT_SPECS"

// The documents' names.
const (
	discordFile  = "discord-openapi.json"
	telegramFile = "telegram-api.json"
)

// Missing says why requests are not held against the documents, for a test
// that needs them to skip; it is "" where they are.
func Missing() string {
	for _, name := range []string{discordFile, telegramFile} {
		if _, err := os.Stat(filepath.Join(folder(), name)); err != nil {
			return "there is no " + name + " in the folder that " + Variable + " names, or in shared/specs beside the checkout"
		}
	}
	return ""
}

var folder = sync.OnceValue(func() string {
	return cmp.Or(os.Getenv(Variable), filepath.Join(checkout(), "..", "shared", "specs"))
})

// checkout returns the folder of go.mod, above the one that a test runs in.
func checkout() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

// document returns the content of a document, or nil where it is not given.
func document(name string) []byte {
	content, err := os.ReadFile(filepath.Join(folder(), name))
	if err != nil && os.Getenv(Variable) != "" {
		panic(Variable + " is set, but " + name + " cannot be read there: " + err.Error())
	}
	return content
}

// A violation is what is wrong with a request.
type violation struct {
	at   string // a JSON pointer into the payload, or the name of what else is meant
	rule string // that is broken
}

func (v violation) String() string { return "at " + v.at + ": " + v.rule }
