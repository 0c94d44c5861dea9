package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/bots"
)

// placeholder stands for the token in every address that telebot and net/http
// see, so that none of their errors and logs can hold it.
const placeholder = "TOKEN"

// A transport puts the token into the address of a request and turns every
// answer that is not a success into an error, redirects too: they would take
// the token to another place. Success bodies come whole.
type transport struct {
	token  string
	redact *strings.Replacer
	base   http.RoundTripper
}

func newTransport(token string) *transport {
	quoted := []string{token, placeholder}
	if _, secret, ok := strings.Cut(token, ":"); ok && secret != "" {
		quoted = append(quoted, secret, placeholder)
	}
	return &transport{token, strings.NewReplacer(quoted...), bots.NewTransport(bots.MaxUploads)}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var connected, written atomic.Bool
	out := req.Clone(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected.Store(true) },
		WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) },
	}))
	t.authorise(out)

	resp, body, err := t.exchange(out)
	if err != nil {
		if connected.Load() {
			err = ownWords(err)
		}
		switch {
		case resp != nil && resp.StatusCode/100 == 2:
			err = fmt.Errorf("%w: %w", errOddResult, err)
		case written.Load():
			err = unanswered{err}
		}
		return nil, err
	}
	if resp.StatusCode/100 == 2 && !json.Valid(body) && !bots.IsPage(body) {
		return nil, errOddResult
	}
	if err := refusal(resp, body); err != nil {
		err.Description = t.redact.Replace(err.Description)
		return nil, err
	}
	resp.Request = req
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// authorise puts the token where its placeholder stands.
func (t *transport) authorise(req *http.Request) {
	req.URL.Path = strings.Replace(req.URL.Path, "/bot"+placeholder+"/", "/bot"+t.token+"/", 1)
	req.URL.RawPath = ""
}

// exchange returns the answer and its body; with an error, the answer as far
// as it came, or nil.
func (t *transport) exchange(req *http.Request) (*http.Response, []byte, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	body, err := bots.ReadAnswer(req.Context(), resp, maxAnswer+1)
	if err == nil && len(body) > maxAnswer {
		err = errTooLong
	}
	return resp, body, err
}

var (
	errTooLong = fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	errGarbled = errors.New("the connection broke, or what came back is not HTTP")
)

// ownWords returns what may be told of a fault after the token was sent.
// net/http quotes what it cannot read, and the peer may have sent back the
// request. The errors that are kept hold nothing of the peer's.
func ownWords(err error) error {
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network
	}
	for _, known := range []error{bots.ErrStalled, context.Canceled, context.DeadlineExceeded, io.ErrUnexpectedEOF, io.EOF, errTooLong} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errGarbled
}

// client returns an HTTP client whose every request ends with ctx: telebot
// takes no contexts.
func (a *Adapter) client(ctx context.Context) *http.Client {
	return &http.Client{Transport: bound{ctx, a.transport}}
}

type bound struct {
	ctx  context.Context
	next http.RoundTripper
}

func (b bound) RoundTrip(req *http.Request) (*http.Response, error) {
	return b.next.RoundTrip(req.WithContext(b.ctx))
}

// bot returns a telebot for calls that end with ctx.
func (a *Adapter) bot(ctx context.Context) (*telebot.Bot, error) {
	return telebot.NewBot(telebot.Settings{
		URL:     a.url,
		Token:   placeholder,
		Client:  a.client(ctx),
		Updates: 1,
		Offline: true,
	})
}

// call calls a method of the Bot API once, and decodes its result into
// result. Its errors hold neither address nor token.
func (a *Adapter) call(ctx context.Context, limit time.Duration, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	bot, err := a.bot(ctx)
	if err != nil {
		return err
	}
	answer, err := bot.Raw(method, params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, bare(err))
	}
	return decode(method, answer, result)
}

// callChat is call for a chat that the parameters name. A group that became a
// supergroup is followed.
func (a *Adapter) callChat(ctx context.Context, limit time.Duration, method string, params map[string]string, result any) error {
	err := a.call(ctx, limit, method, params, result)
	if refused, ok := errors.AsType[*apiError](err); ok && refused.MigratedTo != 0 {
		moved := decimal(refused.MigratedTo)
		a.moved(ctx, params["chat_id"], moved)
		params["chat_id"] = moved
		err = a.call(ctx, limit, method, params, result)
	}
	return err
}

// moved passes on that a group became a supergroup, which has another id.
func (a *Adapter) moved(ctx context.Context, from, to string) {
	if mover, ok := a.router.(bots.Mover); ok {
		mover.Moved(ctx, name, from, to)
	}
}

func decode(method string, answer []byte, result any) error {
	var envelope struct {
		Result json.RawMessage `json:"result"`
	}
	err := json.Unmarshal(answer, &envelope)
	if err == nil && result != nil {
		err = json.Unmarshal(envelope.Result, result)
	}
	if err != nil || result != nil && string(envelope.Result) == "null" {
		return fmt.Errorf("%s: %w", method, errOddResult)
	}
	return nil
}

// errOddResult is a success that cannot be read, or whose result is not what
// the method promises. What was asked was done all the same.
var errOddResult = errors.New("the result is not what the Bot API promises")

// bare strips the address off an error of an HTTP client.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
