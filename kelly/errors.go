package kelly

import "errors"

// The kinds of failure, for errors.Is. Every error that a Client returns is
// one of these, wrapped in an *Error, or the context's own error.
var (
	ErrBadKey          = errors.New("the API key was refused")            // 401, 403
	ErrRefused         = errors.New("the request was refused")            // a detail says why
	ErrTooManyRequests = errors.New("too many requests")                  // 429
	ErrAway            = errors.New("the service is away")                // connection failures, 5xx
	ErrTimeout         = errors.New("the service did not answer in time") // an attempt's own time-out
	ErrInvalidContent  = errors.New("the answer is not what was asked for")
	ErrTooLarge        = errors.New("the picture is too large")
)
