package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"kellybot/kelly"
)

// A Job is a request for pictures or for words about one, checked and
// accepted. It is data only, so that it can be stored.
type Job struct {
	Request Request
	Work    Work
	// Generate is what is drawn. Of ToEdit the model is of no meaning, and a
	// width of 0 follows the source. Of ToShow it is what was drawn.
	Generate kelly.GenerateRequest
	// ModelUnchecked says that the model's name came from the user and could
	// not be checked yet, as the lists were not at hand.
	ModelUnchecked bool
	// Fallback is the model that draws when Generate's is no longer there; ""
	// where it was asked for by name, which no other model does.
	Fallback string
	// Gone is the model that was set and is no longer there, so that the
	// Fallback draws.
	Gone string
	// Count is how many pictures are drawn; 0 is 1.
	Count int
	// Source is the picture to work on; nil of ToDraw.
	Source *Source
	// Question is what ToDescribe asks of the source.
	Question string
	// AsFile asks for the pictures as the files they are.
	AsFile bool
	// Spoiler asks to hide the pictures until somebody wants to see them.
	Spoiler bool
	// Was is, of ToShow, the work that the picture was made by.
	Was Work
	// MaxSize bounds the sides of a picture that follows its source.
	MaxSize int
	// whole says that a command for the same must also say that there are no
	// negative words, since its reader has set some.
	whole bool
}

// A Work is what a Job does.
type Work string

// What can be done.
const (
	ToDraw             Work = ""
	ToEdit             Work = "edit"
	ToUpscale          Work = "upscale"
	ToRemoveBackground Work = "removebg"
	ToDescribe         Work = "describe"
	ToShow             Work = "show" // a picture again
	ToRead             Work = "read" // what a picture's file says of itself
	ToTell             Work = "tell" // an admin of a report, whose id is the request's text
)

// A Source is a picture that a job works on: one of ours, or a user's.
type Source struct {
	ID         string      // of a picture of ours; "" for a user's
	Attachment *Attachment // a user's
	// Unguarded is that the picture of ours was drawn without the guard
	// against nudity, or made of one that was.
	Unguarded bool
}

// Pictures is how many pictures the job asks the service for.
func (j Job) Pictures() int {
	switch j.Work {
	case ToDescribe, ToShow, ToRead, ToTell:
		return 0
	}
	return max(j.Count, 1)
}

// Origin is what a user may have one of at a time: what a button asked for,
// which some press twice. "" is any number.
func (j Job) Origin() string {
	if !j.Request.Pressed {
		return ""
	}
	return j.Request.Command + ":" + j.Request.Text
}

// Shows is the id of the picture that the job shows again, or "".
func (j Job) Shows() string {
	if j.Work != ToShow {
		return ""
	}
	return j.Source.ID
}

// A Service makes pictures, and words about them; *kelly.Client is one.
type Service interface {
	Generate(ctx context.Context, req kelly.GenerateRequest) (*kelly.Picture, error)
	Edit(ctx context.Context, req kelly.EditRequest) (*kelly.Picture, error)
	Upscale(ctx context.Context, image []byte) (*kelly.Picture, error)
	RemoveBackground(ctx context.Context, image []byte) (*kelly.Picture, error)
	Describe(ctx context.Context, question string, image []byte) (string, error)
}

// A Queue takes work that outlives the event which asked for it.
type Queue interface {
	// Accept promises that the job will be answered at its request's Address.
	// A request that was accepted before is not accepted again, which is no
	// error. After an error nothing was accepted: a *LimitError, or ErrBusy
	// when the promise could not be stored in time.
	Accept(ctx context.Context, job Job) error
}

// Requests are the accepted requests of all users, for the commands that look
// at them or change their course.
type Requests interface {
	Queue
	// Cancel ends the request of that short id before it is answered, or with
	// "" the newest of by's own in by's chat. An event that is delivered twice
	// ends one. The error is ErrNoRequest, ErrNotYours or ErrFinished.
	Cancel(ctx context.Context, by *Request, id string) error
	// Abandon ends the request of that ID, which is not its short one, before
	// it is answered. The error is ErrFinished when that is too late.
	Abandon(ctx context.Context, id string) error
	// Retry accepts the failed request of that short id anew, as by's and to
	// be answered at by's address. Its errors are Accept's, ErrNoRequest,
	// ErrPending before that is recorded, ErrFinished when the request did not
	// fail, and ErrNotYours when it works on a picture that by may not use.
	Retry(ctx context.Context, by *Request, id string) error
	// Line says how the line stands, and where by's own requests are in it.
	Line(ctx context.Context, by *Request) (Line, error)
}

// Pictures are what was drawn. A picture is shown to whoever asked for it,
// and to all in its chat and where it was shown again; for anybody else there
// is none.
type Pictures interface {
	// Picture returns the picture of that id, or ErrNoPicture.
	Picture(ctx context.Context, by *Request, id string) (Picture, error)
	// PictureIn returns the picture that the message of by's chat shows, or
	// ErrNoPicture.
	PictureIn(ctx context.Context, by *Request, message string) (Picture, error)
	// History returns by's own pictures of all chats, or, where others read
	// the answer, of by's chat: the newest first, those whose prompts hold
	// each of the words, without the first skip of them and at most limit.
	// more says that there are others.
	History(ctx context.Context, by *Request, words string, skip, limit int) (found []Picture, more bool, err error)
	// Delete removes the answer with that picture from its chat, or the message
	// whose button was pressed where that shows it again. A message of which
	// nothing is stored any more is a moderator's to remove. The error is
	// ErrNoPicture, ErrNotYours, ErrPending, ErrTooOld when nothing was done, or
	// ErrStays.
	Delete(ctx context.Context, by *Request, id string) error
}

// A Picture is one that was drawn.
type Picture struct {
	ID            string
	Job           Job // that it was made by, never ToShow; without an address
	Width, Height int // pixels; 0 when unknown
	At            time.Time
	Took          time.Duration
	Link          string // to the message, where the platform has links
	// File is the platform's copy; without Data where it has none.
	File    Attachment
	Deleted bool
}

// pictureIDLength is the length of a short id.
const pictureIDLength = 13

// PictureID is the id of a request's n-th picture.
func PictureID(short string, n int) string {
	if n == 1 {
		return short
	}
	return short + strconv.Itoa(n)
}

// ParsePictureID splits the id of a picture into the short id of its request
// and its number.
func ParsePictureID(id string) (short string, n int, ok bool) {
	id = strings.TrimSpace(id)
	switch len(id) {
	case pictureIDLength:
		return id, 1, true
	case pictureIDLength + 1:
		n := int(id[pictureIDLength] - '0')
		return id[:pictureIDLength], n, n >= 2 && n <= MaxCount
	}
	return "", 0, false
}

// A Line is how many requests are at work and wait.
type Line struct {
	Running, Waiting int
	// Away is since when the picture service has been away; zero when it is not.
	Away time.Time
	Own  []Standing // the oldest first
	// Quotas are what by and by's chat may still ask for today, where that is
	// limited.
	Quotas []Quota
}

// A Quota is how many pictures of a day are left.
type Quota struct {
	Chat      bool // and not the user alone
	Left, Max int
}

// A Standing is where one request is.
type Standing struct {
	ID     string // short
	Prompt string
	// Since is when the drawing began; zero while the request waits.
	Since time.Time
	// Position is about how many requests are drawn before this one and with
	// it; 0 when that is not known, as for a request that is held.
	Position int
	Ready    time.Time // about when it will be drawn; zero when nothing is known
}

var (
	// ErrBusy is that a request could not be stored in time.
	ErrBusy = errors.New("the request could not be accepted in time")
	// ErrNoRoom is that a picture cannot be stored; a full disk may have room
	// again.
	ErrNoRoom = errors.New("there is no room for pictures")
	// ErrTooLate is that there is no time any more in which the request can be
	// answered with a picture.
	ErrTooLate = errors.New("there is no time left to answer")
	// ErrNoRequest is that there is no request of that id in this chat.
	ErrNoRequest = errors.New("no such request")
	// ErrNotYours is that only the requester and moderators may do that.
	ErrNotYours = errors.New("not the requester's or a moderator's")
	// ErrPending is that a pressed button is at work already.
	ErrPending = errors.New("that is being done already")
	// ErrPressed is that a button was pressed twice within a few seconds.
	ErrPressed = errors.New("that was asked for a moment ago")
	// ErrNoPicture is that there is no picture of that id for this user, or
	// none any more.
	ErrNoPicture = errors.New("no such picture")
	// ErrNotAPicture is that what a user sent is none, or one too large.
	ErrNotAPicture = errors.New("not a picture that can be worked on")
	// ErrUnmarked is that a picture's file does not say how it was made.
	ErrUnmarked = errors.New("no metadata of ours")
	// ErrUnfetched is that the platform did not give a picture out; it may later.
	ErrUnfetched = errors.New("the picture could not be fetched")
	// ErrReported is that somebody has reported a picture before.
	ErrReported = errors.New("reported before")
	// ErrUntold is that no admin can be told of a report.
	ErrUntold = errors.New("no admin can be told")
	// ErrTooOld is that the platform deletes no message of that age.
	ErrTooOld = errors.New("the message is too old to be deleted")
	// ErrStays is that of a picture the bot's own file is deleted, and the
	// message is too old for that.
	ErrStays = errors.New("the message is too old to be deleted, and the file is gone")
	// ErrFinished is that the request is over already.
	ErrFinished = errors.New("the request is over")
)

// A Limit is what a user or the whole bot may not exceed.
type Limit int

// The limits on what is accepted.
const (
	UserLimit      Limit = iota // waiting requests of a user
	TotalLimit                  // waiting requests of all
	DailyLimit                  // pictures of the whole bot on one day
	UserDailyLimit              // those of a user
	ChatDailyLimit              // those of a chat or a server
	CooldownLimit               // time between two requests of a user
	ReportLimit                 // reports of a user on one day
)

// A LimitError is why a request was not accepted.
type LimitError struct {
	Limit Limit
	Max   int
	Left  int // of Max
	// Again is about how long from now there is room; 0 when that is not known.
	Again time.Duration
}

func (e *LimitError) Error() string { return "over a limit on requests" }
