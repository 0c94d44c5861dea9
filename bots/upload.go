package bots

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"sync"
)

// maxAnswer bounds what is read of a platform's answer, in bytes.
const maxAnswer = 1 << 20

// A Part is one part of a multipart/form-data body.
type Part struct {
	Name        string // plain ASCII
	FileName    string // "" for a plain field
	ContentType string // "" for a plain field of text
	Body        []byte // read where it is, never copied
}

// A Form is a multipart/form-data body of known length that is read straight
// from its parts' buffers, as often as needed.
type Form struct {
	boundary string
	chunks   net.Buffers
	length   int64
}

// NewForm lays out the parts in order.
func NewForm(parts ...Part) *Form {
	f := &Form{boundary: rand.Text()}
	for i, part := range parts {
		var head bytes.Buffer
		if i > 0 {
			head.WriteString("\r\n")
		}
		fmt.Fprintf(&head, "--%s\r\n", f.boundary)
		h := textproto.MIMEHeader{}
		if part.FileName != "" {
			h.Set("Content-Disposition", multipart.FileContentDisposition(part.Name, part.FileName))
		} else {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", part.Name))
		}
		if part.ContentType != "" {
			h.Set("Content-Type", part.ContentType)
		}
		_ = http.Header(h).Write(&head) // a bytes.Buffer takes everything
		head.WriteString("\r\n")
		f.chunks = append(f.chunks, head.Bytes(), part.Body)
	}
	f.chunks = append(f.chunks, []byte("\r\n--"+f.boundary+"--\r\n"))
	for _, chunk := range f.chunks {
		f.length += int64(len(chunk))
	}
	return f
}

// ContentType is the body's media type with its boundary.
func (f *Form) ContentType() string {
	return "multipart/form-data; boundary=" + f.boundary
}

// Do sends the form and returns the status, header and body of the answer,
// of which it reads at most 1 MiB. Once it has returned, nothing reads the
// parts' buffers any more, whatever happened: an http.Transport may go on
// reading a request's body after its answer, so Do waits for it to let go. It
// follows no redirect.
func (f *Form) Do(ctx context.Context, client *http.Client, method, url string, header http.Header) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", f.ContentType())
	req.ContentLength = f.length

	var readers sync.WaitGroup
	open := func() (io.ReadCloser, error) {
		readers.Add(1)
		return &formBody{slices.Clone(f.chunks), sync.OnceFunc(readers.Done)}, nil
	}
	req.Body, _ = open()
	uploader := *client
	uploader.Transport = reopening{client.Transport, open}
	resp, err := uploader.Do(req)
	if err != nil {
		readers.Wait()
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close()
	readers.Wait()
	return resp, body, err
}

// reopening lets a transport, and it alone, send the body anew when a
// connection was lost: an http.Client that meets a redirect would open the
// body for a request that is never sent, and nobody would close it.
type reopening struct {
	next http.RoundTripper
	open func() (io.ReadCloser, error)
}

// RoundTrip implements http.RoundTripper.
func (r reopening) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.WithContext(req.Context()) // a copy, as this one is the caller's
	req.GetBody = r.open
	return cmp.Or(r.next, http.DefaultTransport).RoundTrip(req)
}

// formBody reads a form's chunks one after the other.
type formBody struct {
	net.Buffers // what is left, of this body alone
	done        func()
}

func (b *formBody) Close() error {
	b.done()
	return nil
}

// NewTransport returns a transport like http.DefaultTransport that keeps up to
// idle connections to a host open. Over those without TLS, as to a local Bot
// API server or a proxy, forms go from their buffers to the system without
// another copy.
func NewTransport(idle int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = idle
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			return formConn{tcp}, nil
		}
		return conn, err
	}
	return t
}

// formConn writes forms as they lie in memory. An http.Transport hands the
// body of a request to its connection's ReadFrom, behind a limit which is the
// body's length.
type formConn struct{ *net.TCPConn }

func (c formConn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if body, ok := limited.R.(*formBody); ok {
			n, err := body.WriteTo(c.TCPConn)
			limited.N -= n
			return n, err
		}
	}
	return c.TCPConn.ReadFrom(r)
}
