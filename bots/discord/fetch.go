package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
	"kellybot/commands"
)

// An upload is an attachment as Discord describes it.
type upload struct {
	URL         string `json:"url"` // signed, for about a day
	ContentType string `json:"content_type"`
}

func (u upload) attachment() commands.Attachment { return picture{URL: u.URL}.attachment() }

// A picture is where one is fetched: at an address, or as the n-th attachment
// of a message, whose address Discord tells anew.
type picture struct {
	URL     string `json:"url,omitempty"`
	Channel string `json:"channel,omitempty"`
	Message string `json:"message,omitempty"`
	N       int    `json:"n,omitempty"`
}

func (p picture) attachment() commands.Attachment {
	data, _ := json.Marshal(p) // strings and a number cannot fail
	return commands.Attachment{Data: data}
}

// fileHosts are where Discord keeps attachments.
var fileHosts = []string{"cdn.discordapp.com", "media.discordapp.net"}

// Fetch opens an attachment of a user, or one of a message of the bot's own,
// which Discord shows it where it is a member.
func (a *Adapter) Fetch(ctx context.Context, at commands.Attachment) (io.ReadCloser, int64, error) {
	var p picture
	if json.Unmarshal(at.Data, &p) != nil || p.URL == "" && p.Message == "" {
		return nil, 0, errors.New("not an attachment of Discord")
	}
	body, size, err := a.fetch(ctx, p)
	switch {
	case err == nil:
		return body, size, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case !errors.Is(err, commands.ErrNotAPicture):
		err = fmt.Errorf("%w: %w", commands.ErrUnfetched, err)
	}
	return nil, 0, fmt.Errorf("fetching from Discord: %w", err)
}

func (a *Adapter) fetch(ctx context.Context, p picture) (body io.ReadCloser, size int64, err error) {
	if p.URL == "" {
		var shown struct {
			Attachments []upload `json:"attachments"`
		}
		c := call{method: http.MethodGet, url: discordgo.EndpointChannelMessage(p.Channel, p.Message), asBot: true}
		if err := a.call(ctx, attempts, c, &shown); err != nil {
			return nil, 0, err
		}
		if p.N < 0 || p.N >= len(shown.Attachments) {
			return nil, 0, errors.New("the message has no such attachment any more")
		}
		p.URL = shown.Attachments[p.N].URL
	}
	target, err := url.Parse(p.URL)
	if err != nil || !a.keepsFiles(target) {
		return nil, 0, errors.New("the attachment is at no host of Discord's") // its address is signed, and stays out
	}
	err = bots.Retry(ctx, attempts, func(ctx context.Context) error {
		body, size, err = a.open(ctx, target)
		return err
	})
	return body, size, err
}

// keepsFiles reports whether attachments are fetched from there: a host of
// Discord's, or the one that stands in Discord's place.
func (a *Adapter) keepsFiles(target *url.URL) bool {
	return target.Scheme == "https" && slices.Contains(fileHosts, target.Host) ||
		a.instead != "" && target.Scheme+"://"+target.Host == a.instead
}

// open is one attempt, without the bot's token. No error holds the address.
func (a *Adapter) open(ctx context.Context, target *url.URL) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	late := time.AfterFunc(callTimeout, cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		cancel()
		return nil, 0, errForeign
	}
	// Unpacked on its way, an answer would have no length.
	req.Header = http.Header{"User-Agent": {userAgent}, "Accept-Encoding": {"identity"}}
	resp, err := a.client.Do(req)
	if err == nil && !late.Stop() {
		_ = resp.Body.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		cancel()
		return nil, 0, bots.Again(plainly(err), 0)
	}
	body := fetched{io.LimitReader(resp.Body, resp.ContentLength), resp.Body, cancel}
	switch {
	case resp.StatusCode == http.StatusOK && 0 <= resp.ContentLength && resp.ContentLength <= maxFetch:
		return body, resp.ContentLength, nil
	case resp.StatusCode == http.StatusOK && resp.ContentLength > maxFetch:
		err = commands.ErrNotAPicture
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		err = bots.Again(&apiError{Status: resp.StatusCode}, 0)
	default:
		err = &apiError{Status: resp.StatusCode}
	}
	_ = body.Close()
	return nil, 0, err
}

// A fetched is a picture that is being read.
type fetched struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

// Read says in words of its own what goes wrong.
func (f fetched) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", commands.ErrUnfetched, plainly(err))
	}
	return n, err
}

// Close ends the call.
func (f fetched) Close() error {
	defer f.cancel()
	return f.body.Close()
}
