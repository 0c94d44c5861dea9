package playground

import "time"

// The page's limits: what it shows, keeps and takes.
const (
	// maxText and maxCaption are the longest texts of a message, without and
	// with pictures, in UTF-16 units.
	maxText    = 4096
	maxCaption = 1024
	// maxPicture is the largest picture that is shown, and maxUpload the
	// largest that people may send, in bytes.
	maxPicture = 32 << 20
	maxUpload  = 20 << 20
	// maxTyped is the longest text that people may send, and maxBody the
	// largest request without a picture, in bytes.
	maxTyped = 8 << 10
	maxBody  = 64 << 10

	// What is kept: the last messages of a chat, the last events that are done
	// in it, the bytes of its files, and the chats that were used last. One that
	// was used within keepTime makes room for no other. All chats together take
	// maxBytes, of which one file may be too many.
	maxMessages  = 200
	maxDone      = 200
	maxChatBytes = 256 << 20
	maxBytes     = 1 << 30
	maxChats     = 200
	keepTime     = 24 * time.Hour

	// maxRequests are handled at once. finishTime is what they get at the end,
	// and requestTime in any case.
	maxRequests = 64
	requestTime = time.Minute
	finishTime  = 5 * time.Second

	// People may send postBurst requests at once, and then one each postEvery.
	postBurst = 30
	postEvery = 500 * time.Millisecond
	// All together may begin chatBurst chats at once, and then one each chatEvery.
	chatBurst = 40
	chatEvery = 3 * time.Second
	// Passwords may be tried so often from one address, and by all together.
	tryBurst, tryEvery       = 5, 30 * time.Second
	allTryBurst, allTryEvery = 50, 2 * time.Second
	// sessionTime is how long somebody stays signed in, maxLeft of how many
	// sessions is remembered that they were signed out of before.
	sessionTime = 7 * 24 * time.Hour
	maxLeft     = 1000

	// Streams of events, in all and of one person, whose browser has but six
	// connections to a server. One that takes nothing for writeTime is cut;
	// heartbeat keeps those alive that have nothing to say.
	maxStreams    = 256
	maxOwnStreams = 4
	heartbeat     = 20 * time.Second
	writeTime     = 10 * time.Second
	// uploadTime is what a picture may take to arrive, or to be sent.
	uploadTime = 2 * time.Minute

	// busyFor is how long the page shows that the bot is at work after each
	// sign of it.
	busyFor = 12 * time.Second
)
