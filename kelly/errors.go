package kelly

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

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

// An Error says why a call failed. It holds neither the API key nor more than
// 300 bytes of the answer.
type Error struct {
	Kind   error  // one of the kinds above; errors.Is finds it
	Op     string // the call, such as "generate"; "" from NewPicture
	Status int    // of the answer; 0 when none came, or it broke off
	// Detail is the server's reason, made printable and cut to 300 bytes.
	// It may be empty. It is not in the error's text, which is for logs: the
	// server may quote the prompt.
	Detail string
	// Fields are the parts of the request that did not pass the server's
	// validation, or this package's. Detail says the same as one text.
	Fields []FieldError
	// RetryAfter is how long the server asks to be left alone, at most a day;
	// 0 when it did not say.
	RetryAfter time.Duration

	// cause is ours or the transport's. It is text because a caller must not
	// mistake, say, a dial time-out for the end of its own context.
	cause string
	again bool
}

// Unwelcome reports whether the service, or this package, does not want to do
// what was asked, such as to draw a prompt. Of ErrRefused it leaves out what
// nobody mends by asking for something else, such as a wrong address (404).
func (e *Error) Unwelcome() bool {
	switch {
	case e.Kind != ErrRefused: //nolint:errorlint // a kind is never wrapped
		return false
	case e.Status == http.StatusBadRequest, e.Status == http.StatusRequestEntityTooLarge, e.Status == http.StatusUnprocessableEntity:
		return true
	}
	return e.Status < 400 // it was said in an answer, or nobody was asked
}

// A FieldError is one field of a request that did not pass validation.
type FieldError struct {
	Field   string // as it is called on the wire, such as "width"
	Message string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("kelly: ")
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Kind.Error())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.cause != "" {
		b.WriteString(": " + e.cause)
	}
	return b.String()
}

// Unwrap returns the error's kind.
func (e *Error) Unwrap() error { return e.Kind }

// refuse is the error of a request that is wrong before anybody is asked.
func refuse(op, field, message string) *Error {
	return &Error{
		Kind:   ErrRefused,
		Op:     op,
		Detail: field + ": " + message,
		Fields: []FieldError{{Field: field, Message: message}},
	}
}

func invalid(cause string) *Error {
	return &Error{Kind: ErrInvalidContent, cause: cause}
}
