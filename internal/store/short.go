package store

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// shortly is Crockford's alphabet: people copy these by hand, and i, l, o and u
// are taken for others.
var shortly = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// shortLength is the length of a short id.
const shortLength = 13

// NewShort returns a new short id: 64 random bits as 13 lower-case letters and
// digits.
func NewShort() string {
	var bits [8]byte
	_, _ = rand.Read(bits[:]) // never fails
	return shortly.EncodeToString(bits[:])
}

// read takes the letters that no short id has for the digits that they are taken for.
var read = strings.NewReplacer("o", "0", "i", "1", "l", "1")
