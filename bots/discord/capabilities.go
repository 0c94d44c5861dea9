package discord

import "time"

// Discord's limits, from https://discord.com/developers/docs: "Create
// Message", "Uploading Files", "Receiving and Responding", "Application
// Commands" and "Component Reference".
const (
	maxContent  = 2000     // characters of a message, its markup included
	maxAlt      = 1024     // characters of an attachment's description
	maxUpload   = 10 << 20 // bytes of an attachment where an interaction does not say
	maxChoices  = 25       // offered by one autocompletion
	maxChoice   = 100      // characters of a choice
	maxRow      = 5        // buttons beside each other
	maxRows     = 5        // of buttons
	maxLabel    = 80       // characters on a button
	maxFiles    = 10       // of a message
	maxTitle    = 45       // characters of a form's title, and of a field's
	maxInput    = 4000     // characters of a field
	maxInputs   = 5        // fields of a form
	maxMenus    = 5        // entries in the menu of messages
	maxEntry    = 32       // characters of one
	maxSummary  = 100      // characters of a description
	ackDeadline = 3 * time.Second
	tokenLife   = 15 * time.Minute
)

// Discord's error codes that are decided on.
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownWebhook     = 10015 // also of an interaction that is not acknowledged yet
	codeUnknownInteraction = 10062 // also of one that was not acknowledged in time
	codeChatsTooFast       = 40003 // are opened with users
	codeSendingDisabled    = 40004 // for now
	codeTooLarge           = 40005
	codeDisabled           = 40006 // for now, on Discord's side
	codeAcknowledged       = 40060
	codeMissingAccess      = 50001
	codeUserRefuses        = 50007 // messages of the bot
	codeMissingPermissions = 50013
	codeFileTooLarge       = 50045
	codeInvalidToken       = 50027 // of a webhook: an interaction's token has died
	codeBlocked            = 40333 // by what stands before Discord
	codeArchivedThread     = 50083
	codeNoMutualServer     = 50278
	codeOverloaded         = 130000
	codeLockedThread       = 160005
)

var (
	// codesDead are of an interaction that its token answers no more: it has
	// died, or what it would edit was never there or has been deleted.
	codesDead = []int{codeUnknownMessage, codeUnknownWebhook, codeUnknownInteraction, codeInvalidToken}
	// codesPassing are of a fault that passes, whatever status they come with.
	codesPassing = []int{codeChatsTooFast, codeSendingDisabled, codeDisabled, codeBlocked, codeOverloaded}
	// codesForbidden are of something that the bot may not do.
	codesForbidden = []int{codeMissingAccess, codeMissingPermissions}
	// codesClosed are of a place where nobody can be told anything.
	codesClosed = []int{codeUnknownChannel, codeUserRefuses, codeArchivedThread, codeNoMutualServer, codeLockedThread}
)

// The gateway's close codes. After invalid sequences and timed out sessions a
// new session must begin, and after the others it must not be tried again.
const (
	closeByDiscord         = 4000 // and above: Discord's own codes
	closeToken             = 4004
	closeInvalidSequence   = 4007
	closeSessionTimedOut   = 4009
	closeInvalidShard      = 4010
	closeShardingRequired  = 4011
	closeInvalidVersion    = 4012
	closeInvalidIntents    = 4013
	closeDisallowedIntents = 4014
)

// The gateway's opcodes.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// Ours.
const (
	ackWithin        = 1500 * time.Millisecond // half of what Discord allows
	deliverWithin    = tokenLife - time.Minute
	ackTimeout       = 2 * time.Second  // an attempt; leaves time for another when the first hangs
	callTimeout      = 15 * time.Second // an attempt
	showTimeout      = 5 * time.Second  // all of it
	removeTimeout    = 30 * time.Second // all of it
	fetchTimeout     = 3 * time.Minute  // an attempt: 20 MiB at 1 Mbit/s take 168 s
	maxFetch         = 20 << 20         // bytes of a picture to work on, as on Telegram
	deliverTimeout   = 3 * time.Minute  // all of it but the time of one upload, which is bots.UploadTime
	longestPause     = 5 * time.Minute  // whatever Discord demands
	checkTimeout     = 10 * time.Second // all of it
	checkAttempts    = 2
	attempts         = 3               // deliveries are tried again later, by others
	ackAttempts      = 10              // as far as ackDeadline allows
	maxCustomID      = 64              // bytes of what a button stands for
	handleTimeout    = 3 * time.Minute // a request that answers without the queue, such as /models while the lists are slow
	grace            = 5 * time.Second // for requests at hand when Run ends
	maxRequests      = 256             // at once; further ones are told to try again
	connectWithin    = 45 * time.Second
	goodbye          = time.Second      // for closing a connection
	maxFrame         = 16 << 20         // bytes of a message of the gateway
	identifyPause    = 5 * time.Second  // between the first identifications of two shards: one in 5 s is allowed
	resumeAttempts   = 3                // in a row, before a new session begins
	sessionEvery     = 90 * time.Second // 1000 sessions may be begun in a day; beyond, Discord takes the token away
	minHeartbeat     = time.Second
	maxHeartbeat     = 5 * time.Minute  // Discord asks for one in 41 s
	writeTimeout     = 10 * time.Second // a write to the gateway
	registrationHead = 5 * time.Second
	steady           = time.Minute // a connection that lasted this long starts the backoff anew
)
