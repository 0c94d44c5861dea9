package redact

import "regexp"

// forms are what secrets look like that are in no setting: those of an
// interaction, and of somebody else whom a peer or a library quotes. Each
// begins with something literal, which makes looking for it cheap.
var forms = []struct {
	form    *regexp.Regexp
	instead string
}{
	// Tokens of bots. What stands before names the bot, which is no secret.
	{regexp.MustCompile(`:[A-Za-z0-9_-]{35,}`), ":" + mark},                     // Telegram's
	{regexp.MustCompile(`%3A[A-Za-z0-9_-]{35,}`), "%3A" + mark},                 // in a URL
	{regexp.MustCompile(`\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}`), "." + mark},  // Discord's
	{regexp.MustCompile(`aW50ZXJhY3Rpb2[A-Za-z0-9_.=-]+`), mark},                // "interaction:…" in base64, an interaction's
	{regexp.MustCompile(`(/webhooks/[0-9]+/)[^/?#\s"'\\]+`), "${1}" + mark},     // and a webhook's
	{regexp.MustCompile(`(/interactions/[0-9]+/)[^/?#\s"'\\]+`), "${1}" + mark}, // of whatever form
	// Who logs in by a URL; all in capitals it is the example of a sentence.
	{regexp.MustCompile(`://[^/?#\s"'\\]*[^A-Z:/?#\s"'\\][^/?#\s"'\\]*@`), "://" + mark + "@"},
	{regexp.MustCompile(`(uthorization\W{1,5}(?:\w+ )?)[^\s"'\\\],]+`), "${1}" + mark}, // a header, as HTTP, Go and JSON write it
	{regexp.MustCompile(`Bearer [A-Za-z0-9_.~+/=-]{8,}`), "Bearer " + mark},
}
