package kelly

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxJSON      = 1 << 20  // everything in an answer but the picture
	maxErrorBody = 64 << 10 // an error answer
)

var errTooLong = errors.New("the answer is too long")

// An answer is a response whose body is read through limits. Everything that
// reads it returns at the latest when ctx, the attempt's, ends.
type answer struct {
	client *Client
	ctx    context.Context
	clock  *clock
	resp   *http.Response
	wire   *wire
	body   io.Reader // without content encoding
	size   int64     // of body; -1 when unknown
}

// A wire remembers how the connection failed, which tells a connection that
// broke off from content that makes no sense.
type wire struct {
	io.Reader
	err error
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// open finds the body behind its content encoding.
func (a *answer) open() *Error {
	a.body, a.size = a.wire, a.resp.ContentLength
	switch strings.ToLower(a.resp.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip, err := gzip.NewReader(a.wire)
		if err != nil {
			return a.failed(err)
		}
		a.body, a.size = unzip, -1
	default:
		return invalid("a content encoding that was not asked for")
	}
	return nil
}

// failed turns an error of reading the body into what the caller sees.
func (a *answer) failed(err error) *Error {
	if a.wire.err != nil {
		return a.client.broken(a.ctx, a.wire.err)
	}
	return invalid(a.client.clean(err.Error()))
}

// readAll reads a body of at most limit bytes.
func (a *answer) readAll(limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(a.body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLong
	}
	return b, err
}

// readJSON reads a successful answer that holds no picture.
func (a *answer) readJSON() (json.RawMessage, *Error) {
	b, err := a.readAll(maxJSON)
	switch {
	case err != nil:
		return nil, a.failed(err)
	case !json.Valid(b):
		return nil, invalid("no JSON")
	}
	return b, nil
}

// refusal is the error of an answer that is no success. Where the status says
// everything, the body need not be JSON: proxies answer in HTML.
func (a *answer) refusal() *Error {
	e, status := new(Error), a.resp.StatusCode
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = ErrBadKey
	case status == http.StatusTooManyRequests:
		e.Kind, e.again = ErrTooManyRequests, true
	case status >= 500:
		e.Kind = ErrAway
		e.again = status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
	}
	if status == http.StatusTooManyRequests || status >= 500 {
		e.RetryAfter = retryAfter(a.resp.Header.Get("Retry-After"), time.Now())
	}
	body, err := a.readAll(maxErrorBody)
	var object map[string]json.RawMessage
	if err == nil && json.Unmarshal(body, &object) == nil {
		e.Detail, e.Fields = a.client.detail(object["detail"])
	}
	switch {
	case e.Kind != nil:
		return e
	case err != nil:
		return a.failed(err)
	case status < 400:
		return invalid("a redirect, which is not followed")
	case !json.Valid(body):
		return invalid("no JSON")
	}
	e.Kind = ErrRefused
	return e
}

// refused is the error of a successful status whose body has only a detail.
func (a *answer) refused(detail json.RawMessage) *Error {
	e := &Error{Kind: ErrRefused}
	e.Detail, e.Fields = a.client.detail(detail)
	return e
}

// readPicture reads an image answer into memory of the budget.
func (a *answer) readPicture() (*Picture, *Error) {
	budget := a.client.budget
	limit := int64(budget.size)/3*4 + maxJSON
	tooLarge := &Error{Kind: ErrTooLarge, cause: fmt.Sprintf("the memory budget is %d bytes", budget.size)}
	if a.size > limit {
		return nil, tooLarge
	}
	var room *lease
	s := scanner{
		r: &limited{a.body, limit},
		room: func(read int64) ([]byte, error) {
			need := budget.size
			if a.size >= 0 {
				need = int(min(int64(need), max(0, a.size-read)/4*3+3))
			}
			a.clock.pause()
			defer a.clock.resume()
			l, err := budget.reserve(a.ctx, need)
			if err != nil {
				return nil, err
			}
			room = l
			return l.bytes(), nil
		},
	}
	image, rest, err := s.scan()
	p, e := (*Picture)(nil), (*Error)(nil)
	switch {
	case err == nil && image != nil:
		p, e = newPicture(image)
	case err == nil:
		e = a.noPicture(rest)
	case a.ctx.Err() != nil:
		e = a.client.broken(a.ctx, a.ctx.Err())
	case errors.Is(err, errTooLong):
		e = tooLarge
	default:
		e = a.failed(err)
	}
	if e != nil {
		if room != nil {
			room.release()
		}
		return nil, e
	}
	room.shrink(len(image))
	p.lease.Store(room)
	return p, nil
}

// noPicture says what a well-formed answer without a picture is.
func (a *answer) noPicture(rest []byte) *Error {
	var object map[string]json.RawMessage
	if json.Unmarshal(rest, &object) != nil {
		return invalid("JSON that is no object")
	}
	image, detail := object["image"], object["detail"]
	switch {
	case present(detail):
		return a.refused(detail)
	case image == nil:
		return invalid("no image in it")
	default:
		return invalid("an image that is no text")
	}
}

func present(raw json.RawMessage) bool { return raw != nil && string(raw) != "null" }

// A limited reader fails with errTooLong where its source goes on after left
// bytes.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, errTooLong
	}
	return n, err
}
