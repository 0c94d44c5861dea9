package commands

import (
	"context"
	"errors"

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

// ErrBusy is what a Queue returns when too many requests wait already.
var ErrBusy = errors.New("too many requests are waiting")

// A Generator draws pictures; *kelly.Client is one.
type Generator interface {
	Generate(ctx context.Context, req kelly.GenerateRequest) (*kelly.Picture, error)
}
