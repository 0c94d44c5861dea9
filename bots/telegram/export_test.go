package telegram

// What tests of the protocol, which lie outside the package, look at.
const (
	MaxRequests  = maxRequests
	MaxUploads   = maxUploads
	SendAttempts = sendAttempts
)

// HTML renders text.
var HTML = asHTML.Render
