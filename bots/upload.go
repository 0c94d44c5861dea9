package bots

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"sync"
	"time"
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
// of which it reads at most 1 MiB. It goes on for as long as the form moves,
// within UploadTime of its length. Where it stands still the error is
// ErrStalled, and where its connection breaks early ErrCut; none of a call names
// the address. Once Do has returned, nothing reads the parts' buffers any more,
// whatever happened: an http.Transport may go on reading a request's body after
// its answer, so Do waits for it to let go. It follows no redirect.
func (f *Form) Do(ctx context.Context, client *http.Client, method, address string, header http.Header) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, UploadTime(f.length))
	defer cancel()
	ctx, progress := watchUpload(ctx, f.length)
	defer progress.end()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", f.ContentType())
	req.ContentLength = f.length

	var readers sync.WaitGroup
	defer readers.Wait()
	open := func() (io.ReadCloser, error) {
		readers.Add(1)
		progress.begin()
		return &formBody{slices.Clone(f.chunks), progress, sync.OnceFunc(readers.Done)}, nil
	}
	req.Body, _ = open()
	uploader := *client
	uploader.Transport = reopening{client.Transport, open}
	resp, err := uploader.Do(req)
	if err != nil {
		if addressed, ok := errors.AsType[*url.Error](err); ok {
			err = addressed.Err
		}
		return nil, nil, progress.explain(ctx, err)
	}
	body, err := ReadAnswer(ctx, resp, maxAnswer)
	return resp, body, progress.explain(ctx, err)
}

// ReadAnswer reads what an answer says, at most limit bytes of it, and closes
// it. ctx is that of its request and ends the reading, which http.Client alone
// does not promise: not by HTTP/2 while the request is still being sent, and
// not after 101, by which the connection would become something else. Nothing
// is read of that one.
func ReadAnswer(ctx context.Context, resp *http.Response, limit int64) ([]byte, error) {
	body := resp.Body // the caller may give the answer another, while ctx ends
	defer body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil
	}
	defer context.AfterFunc(ctx, func() { _ = body.Close() })()
	return io.ReadAll(io.LimitReader(body, limit))
}

// IsPage reports whether an answer is a page, which a proxy or a portal puts in
// the place of a platform's whatever its status: what was sent got no further.
func IsPage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

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
	left     net.Buffers // of this body alone
	progress *progress
	done     func()
}

func (b *formBody) Read(p []byte) (int, error) {
	n, err := b.left.Read(p)
	b.progress.move(n)
	return n, err
}

// WriteTo writes what is left from where it lies, in pieces: what is written
// at once moves unseen, and many small pieces cost processor time. They grow
// while the line takes them at once.
func (b *formBody) WriteTo(w io.Writer) (sum int64, err error) {
	for size := minPiece; err == nil && len(b.left) > 0; {
		piece, length := b.piece(size)
		b.progress.write(int64(length))
		began := time.Now()
		var n int64
		n, err = piece.WriteTo(w)
		b.progress.move(int(n))
		sum += n
		if size = min(2*size, maxPiece); time.Since(began) > atOnce {
			size = minPiece
		}
	}
	return sum, err
}

const (
	minPiece = 256 << 10 // of a form, in bytes
	maxPiece = 2 << 20
	// atOnce is how long a line may take that takes a piece at once.
	atOnce = 20 * time.Millisecond
)

// piece takes the next size bytes off what is left, or all.
func (b *formBody) piece(size int) (piece net.Buffers, length int) {
	for length < size && len(b.left) > 0 {
		n := min(size-length, len(b.left[0]))
		piece = append(piece, b.left[0][:n])
		length += n
		if b.left[0] = b.left[0][n:]; len(b.left[0]) == 0 {
			b.left = b.left[1:]
		}
	}
	return piece, length
}

func (b *formBody) Close() error {
	b.done()
	return nil
}

// lookAfter is how long nothing may come on a connection of HTTP/2 before it is
// looked after.
const lookAfter = 15 * time.Second

// NewTransport returns a transport like http.DefaultTransport that keeps up to
// idle connections to a host open. Over those without TLS, as to a local Bot
// API server or a proxy, forms go from their buffers to the system without
// another copy.
func NewTransport(idle int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = idle
	// A connection that has died silently must not hold up the calls after it. What
	// the system holds back of an upload leaves before a ping does.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: lookAfter, PingTimeout: lookAfter + systemHolds*time.Second/slowLine}
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
