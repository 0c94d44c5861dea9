package discord

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"kellybot/bots"
)

// userAgent is in the form that Discord demands of every bot.
const userAgent = "DiscordBot (https://github.com/bwmarrin/discordgo, v" + discordgo.VERSION + ")"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// elsewhere sends what is meant for Discord's REST API to another host.
type elsewhere struct {
	scheme, host string
	next         http.RoundTripper
}

func (e *elsewhere) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "discord.com" {
		req = req.Clone(req.Context())
		req.URL.Scheme, req.URL.Host, req.Host = e.scheme, e.host, ""
	}
	return e.next.RoundTrip(req)
}

// An apiError is Discord's refusal of a call.
type apiError struct {
	Status     int           `json:"-"`
	Code       int           `json:"code"`        // 0 when the answer is not Discord's JSON
	RetryAfter float64       `json:"retry_after"` // seconds, of a 429
	Global     bool          `json:"global"`      // of a 429: it is about all calls
	wait       time.Duration // at least, before the next attempt
}

func (e *apiError) Error() string {
	return fmt.Sprintf("Discord answered %d (code %d)", e.Status, e.Code)
}

// hasCode reports whether err is Discord's refusal with one of the codes.
func hasCode(err error, codes ...int) bool {
	refusal, ok := errors.AsType[*apiError](err)
	return ok && slices.Contains(codes, refusal.Code)
}

// final reports whether Discord itself has refused a call, so that no later
// attempt can succeed. A refusal without a code may be a proxy's, and one of
// the bot's token is the operator's to put right.
func final(err error) bool {
	refusal, ok := errors.AsType[*apiError](err)
	return ok && refusal.Code != 0 && !slices.Contains(codesPassing, refusal.Code) && refusal.Status >= 400 && refusal.Status <= 499 &&
		refusal.Status != http.StatusUnauthorized && refusal.Status != http.StatusTooManyRequests
}

// A call is a request to Discord's REST API.
type call struct {
	method, url string
	asBot       bool // with the bot's token; an interaction's own is in the URL
	payload     any  // JSON, or nil
	files       []bots.Part
	timeout     time.Duration // of an attempt without files, whose form bounds itself; 0 is callTimeout
}

// call tries c a few times, as far as ctx allows, and decodes the answer into
// the value that into points to, unless that is nil. Only when c asks for
// something is it a fault that its answer cannot be read.
func (a *Adapter) call(ctx context.Context, attempts int, c call, into any) error {
	return bots.Retry(ctx, attempts, func(ctx context.Context) error {
		return a.once(ctx, c, into)
	})
}

// patiently tries for as long as ctx lasts and the fault may pass, and tells
// the operator of each fault while doing what.
func (a *Adapter) patiently(ctx context.Context, what string, try func(context.Context) error) error {
	return bots.Retry(ctx, math.MaxInt, func(ctx context.Context) error {
		err := try(ctx)
		if err != nil && ctx.Err() == nil {
			log := a.log
			if refusal, ok := errors.AsType[*apiError](err); ok && refusal.wait > 0 {
				log = log.With("pause", refusal.wait)
			}
			log.Warn("a call to Discord failed", "asked_for", what, "cause", err)
		}
		return err
	})
}

// once is one attempt. Faults that may pass are marked with bots.Again; no
// error holds a token, as no URL is in it.
func (a *Adapter) once(ctx context.Context, c call, into any) error {
	if len(c.files) > 0 {
		select {
		case a.uploads <- struct{}{}:
			defer func() { <-a.uploads }()
		case <-ctx.Done():
			return ctx.Err()
		}
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cmp.Or(c.timeout, callTimeout))
		defer cancel()
	}
	if wait := a.barred.left(c.asBot); wait > 0 {
		return bots.Again(&apiError{Status: http.StatusTooManyRequests, wait: wait}, wait)
	}
	got, err := a.send(ctx, c)
	done := got.status >= 200 && got.status <= 299 && !bots.IsPage(got.body)
	switch {
	case err != nil && !(done && c.method != http.MethodGet):
		return bots.Again(fmt.Errorf("calling Discord: %w", plainly(err)), 0)
	case !done:
		err := got.refusal(c.asBot)
		if refusal, ok := errors.AsType[*apiError](err); ok && refusal.Global {
			a.barred.set(c.asBot, refusal.wait)
		}
		return err
	case into == nil || len(got.body) == 0:
		return nil
	}
	// What was to be done is done, even when it cannot be read what came of it.
	if json.Unmarshal(got.body, into) != nil && c.method == http.MethodGet {
		return bots.Again(errors.New("calling Discord: the answer is not the JSON it should be"), 0)
	}
	return nil
}

// errForeign stands for whatever is wrong in a way that nobody here has named.
var errForeign = errors.New("what came back is not Discord's")

// plainly returns what is wrong without anything that the other side may have
// put into it: net/http quotes addresses and malformed answers, and a close
// reason is free text, which all may hold a token that was sent.
func plainly(err error) error {
	for _, known := range []error{
		bots.ErrStalled, bots.ErrCut, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
		errStuck, errReconnect, errSession, websocket.ErrBadHandshake,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if refusal, ok := errors.AsType[*apiError](err); ok {
		return refusal
	}
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		return fmt.Errorf("closed with code %d", closed.Code)
	}
	// What the system, the resolver and TLS say; no token is sent before those.
	if fault, ok := errors.AsType[*net.OpError](err); ok {
		return fault
	}
	if fault, ok := errors.AsType[*net.DNSError](err); ok {
		return fault
	}
	if fault, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault
	}
	if fault, ok := errors.AsType[net.Error](err); ok && fault.Timeout() {
		return context.DeadlineExceeded
	}
	return errForeign
}

// An answer is what came back, read and closed.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send returns an answer beside an error when Discord began one.
func (a *Adapter) send(ctx context.Context, c call) (answer, error) {
	header := http.Header{"User-Agent": {userAgent}}
	if c.asBot {
		header.Set("Authorization", a.token)
	}
	var payload []byte
	if c.payload != nil {
		var err error
		if payload, err = json.Marshal(c.payload); err != nil {
			return answer{}, err
		}
	}
	if len(c.files) > 0 {
		json := bots.Part{Name: "payload_json", ContentType: "application/json", Body: payload}
		form := bots.NewForm(append([]bots.Part{json}, c.files...)...)
		resp, body, err := form.Do(ctx, a.client, c.method, c.url, header) //nolint:bodyclose // Do has closed it
		if resp == nil {
			return answer{}, err
		}
		return answer{resp.StatusCode, resp.Header, body}, err
	}
	req, err := http.NewRequestWithContext(ctx, c.method, c.url, bytes.NewReader(payload))
	if err != nil {
		return answer{}, err
	}
	req.Header = header
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.client.Do(req) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		return answer{}, err
	}
	body, err := bots.ReadAnswer(ctx, resp, maxAnswer)
	return answer{resp.StatusCode, resp.Header, body}, err
}

// refusal turns an answer that is no success into an error. One that is not
// Discord's JSON is a proxy's, which may pass.
func (got answer) refusal(asBot bool) error {
	err := &apiError{}
	foreign := json.Unmarshal(got.body, err) != nil
	if foreign {
		err = &apiError{}
	}
	err.Status = got.status
	err.Global = got.status == http.StatusTooManyRequests && (err.Global || got.header.Get("X-RateLimit-Global") == "true")
	// One absurd answer must not make the bot deaf for a day.
	err.wait = min(max(bots.Seconds(err.RetryAfter), bots.RetryAfter(got.header)), longestPause)
	switch {
	case err.Status == http.StatusUnauthorized && asBot:
		return fmt.Errorf("%w: %w", bots.ErrToken, err)
	case err.Status == http.StatusRequestEntityTooLarge:
		return err
	case err.Status == http.StatusTooManyRequests, err.Status >= 500, foreign, slices.Contains(codesPassing, err.Code):
		return bots.Again(err, err.wait)
	}
	return err
}
