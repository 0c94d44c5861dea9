package telegram

import "time"

// What the Bot API takes: https://core.telegram.org/bots/api#sendphoto,
// #senddocument, #sendmediagroup, #sendmessage, #forcereply and
// #answercallbackquery.
const (
	maxText    = 4096 // UTF-16 units that people read, markup not counted
	maxLine    = 3500 // of a command in a question, which says more
	maxCaption = 1024 // likewise
	maxNotice  = 200  // UTF-16 units
	maxAlbum   = 10   // pictures; at least two
	maxHint    = 64   // characters of input_field_placeholder
	maxResults = 50   // of an inline query, https://core.telegram.org/bots/api#answerinlinequery
	maxTitle   = 100  // characters of a result; clients show about half of them
	// What a bot may download: "up to 20MB", https://core.telegram.org/bots/api#getfile.
	maxFile = 20 << 20

	// "10 MB", and in its refusals "the maximum size is 10485760 bytes".
	maxPhotoBytes = 10 << 20
	maxPhotoSides = 10000 // pixels, width and height together
	maxPhotoRatio = 20    // the longer side to the shorter
	// "50 MB" of a whole request, which may be the smaller megabytes.
	maxDocumentBytes = 50_000_000
)

// How much goes on at once, and how long it may take.
const (
	maxRequests = 256
	maxAnswer   = 16 << 20 // bytes; a hundred updates of the longest texts are below 8 MiB

	pollTime     = 50 * time.Second // Telegram holds the answer back for so long when nothing happens
	soonest      = time.Second      // an empty answer that comes sooner was not held back at all
	callTime     = 30 * time.Second
	showTime     = 5 * time.Second  // for what is of no consequence: statuses, their removal, progress
	removeTime   = 15 * time.Second // to delete a message, with all attempts
	memberTime   = 2 * time.Second
	fetchTime    = callTime + maxFile*time.Second/fetchRate // to download what a bot may; bots.UploadTime is to upload
	fetchRate    = 100_000                                  // bytes a second: the slowest line that must do
	requestTime  = 5 * time.Minute                          // to answer a request that needs no picture
	noticeTime   = 3 * time.Second                          // the press of a button is acknowledged, with its answer or before it
	updateLimit  = 25                                       // updates asked for at once; Telegram gives up to 100
	acceptTime   = 3 * time.Second                          // an update that is handled in this time is confirmed only then
	finishTime   = 5 * time.Second                          // with confirmTime well within the time that the whole program has to end
	confirmTime  = 2 * time.Second
	sendAttempts = 3
	longestPause = 10 * time.Second // that one delivery makes since Telegram demands it
)

// A form is the way a reply is sent.
type form int

const (
	inWords form = iota
	asPhoto
	asDocument
)
