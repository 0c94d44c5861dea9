package commands

import (
	"context"
	"errors"
	"time"

	"kellybot/kelly"
)

// A Job is a request for a picture, checked and accepted. It is data only, so
// that it can be stored.
type Job struct {
	Request  Request
	Generate kelly.GenerateRequest
	// ModelUnchecked says that the model's name came from the user and could
	// not be checked yet, as the lists were not at hand.
	ModelUnchecked bool
}

// A Generator draws pictures; *kelly.Client is one.
type Generator interface {
	Generate(ctx context.Context, req kelly.GenerateRequest) (*kelly.Picture, error)
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
	// "" the newest of by's own in by's chat. The error is ErrNoRequest,
	// ErrNotYours or ErrFinished.
	Cancel(ctx context.Context, by *Request, id string) error
	// Retry accepts the failed request of that short id anew, as by's and to
	// be answered at by's address. Its errors are Accept's, ErrNoRequest, and
	// ErrFinished when the request did not fail.
	Retry(ctx context.Context, by *Request, id string) error
	// Line says how the line stands, and where by's own requests are in it.
	Line(ctx context.Context, by *Request) (Line, error)
}

// A Line is how many requests are at work and wait.
type Line struct {
	Running, Waiting int
	// Away is since when the picture service has been away; zero when it is not.
	Away time.Time
	Own  []Standing // the oldest first
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
	// ErrFinished is that the request is over already.
	ErrFinished = errors.New("the request is over")
)

// A Limit is what a user or the whole bot may not exceed.
type Limit int

// The limits on what is accepted.
const (
	UserLimit  Limit = iota // waiting requests of a user
	TotalLimit              // waiting requests of all
	DailyLimit              // pictures of the whole bot on one day
)

// A LimitError is why a request was not accepted.
type LimitError struct {
	Limit Limit
	Max   int
	// Again is about how long from now there is room; 0 when that is not known.
	Again time.Duration
}

func (e *LimitError) Error() string { return "over a limit on requests" }
