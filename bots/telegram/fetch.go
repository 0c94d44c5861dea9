package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"kellybot/bots"
	"kellybot/commands"
)

// A remote is a file on Telegram. Its JSON is stored, so its keys stay.
type remote struct {
	ID   string `json:"file_id"`
	Size int64  `json:"size,omitempty"` // bytes, as far as Telegram said
	// Document says that it is a file as it was sent, and no photo.
	Document bool `json:"document,omitempty"`
}

func (f remote) attachment() commands.Attachment {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // a file is words and numbers
	}
	return commands.Attachment{Data: data}
}

func parseRemote(a commands.Attachment) (remote, error) {
	var f remote
	if err := json.Unmarshal(a.Data, &f); err != nil || f.ID == "" {
		return remote{}, errors.New("telegram: the attachment is not one of Telegram's")
	}
	return f, nil
}

// Fetch implements bots.Adapter.
func (a *Adapter) Fetch(ctx context.Context, of commands.Attachment) (body io.ReadCloser, size int64, err error) {
	file, err := parseRemote(of)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", commands.ErrUnfetched, err)
	}
	if file.Size > maxFile {
		return nil, 0, commands.ErrNotAPicture
	}
	err = bots.Retry(ctx, sendAttempts, func(ctx context.Context) (err error) {
		body, size, err = a.fetch(ctx, file)
		if refused, ok := errors.AsType[*apiError](err); ok && (!refused.passing() || refused.RetryAfter > longestPause) {
			return err
		}
		if err == nil || ctx.Err() != nil || errors.Is(err, commands.ErrNotAPicture) || errors.Is(err, errOddResult) {
			return err
		}
		return bots.Again(err, retryAfter(err))
	})
	if refused, ok := errors.AsType[*apiError](err); ok && refused.tooLarge() {
		return nil, 0, commands.ErrNotAPicture
	}
	if err != nil && !errors.Is(err, commands.ErrNotAPicture) {
		err = fmt.Errorf("%w: %w", commands.ErrUnfetched, err)
	}
	return body, size, err
}

func (a *Adapter) fetch(ctx context.Context, file remote) (io.ReadCloser, int64, error) {
	var found struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := a.call(ctx, callTime, "getFile", map[string]string{"file_id": file.ID}, &found); err != nil {
		return nil, 0, err
	}
	if found.Size > maxFile {
		return nil, 0, commands.ErrNotAPicture
	}
	if !fs.ValidPath(found.Path) {
		return nil, 0, fmt.Errorf("getFile: %w", errOddResult)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	resp, err := a.download(ctx, found.Path) //nolint:bodyclose // the caller closes it
	if err != nil {
		cancel()
		return nil, 0, err
	}
	download := &download{resp.Body, cancel}
	size := resp.ContentLength
	if size < 0 {
		size = found.Size
	}
	if size > maxFile || size <= 0 {
		_ = download.Close()
		return nil, 0, commands.ErrNotAPicture
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(download, size), download}, size, nil
}

// download asks for a file by its path. It follows no redirect.
func (a *Adapter) download(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/file/bot"+placeholder+"/", nil)
	if err != nil {
		return nil, err
	}
	req.URL.Path += path
	// What comes packed has another length than it says.
	req.Header.Set("Accept-Encoding", "identity")
	return a.downloads.RoundTrip(req)
}

// A download is the body of a file, whose errors hold nothing of the peer's.
type download struct {
	body io.ReadCloser
	end  context.CancelFunc
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", commands.ErrUnfetched, ownWords(err))
	}
	return n, err
}

func (d *download) Close() error {
	defer d.end()
	return d.body.Close()
}

// downloads is the transport of files, which come as a stream.
type downloads struct{ *transport }

// RoundTrip implements http.RoundTripper.
func (d downloads) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	d.authorise(out)
	resp, err := d.base.RoundTrip(out)
	if err != nil {
		return nil, ownWords(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	body, _ := bots.ReadAnswer(req.Context(), resp, bots.TakenByAll)
	refused := refusal(resp, body)
	if refused == nil { // with the body of a success
		refused = &apiError{Code: resp.StatusCode, Foreign: true}
	}
	refused.Description = "a file: " + d.redact.Replace(refused.Description)
	return nil, refused
}
