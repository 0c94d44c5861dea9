package telegram

import "kellybot/bots"

// What tests of the protocol, which lie outside the package, look at.
const (
	MaxRequests  = maxRequests
	MaxUploads   = bots.MaxUploads
	SendAttempts = sendAttempts
)

// HTML renders text.
var HTML = asHTML.Render
