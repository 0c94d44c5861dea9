package kellytest

import (
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A Fault answers a request in the wrong way. The functions of this package
// that have a Fault's shape are used as they are; the others return one. A
// test may write its own.
type Fault func(w http.ResponseWriter, r *Request)

// Status answers with a status, a Content-Type and a body.
func Status(status int, contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *Request) { send(w, status, contentType, []byte(body)) }
}

// JSON answers with 200 and the given JSON, or what is given for it: no image
// ({}), null or a number for one ({"image":null}), and so on.
func JSON(body string) Fault { return Status(http.StatusOK, "application/json", body) }

// Detail answers as FastAPI refuses: {"detail": text} with the status, which
// may be 200.
func Detail(status int, text string) Fault {
	body, _ := json.Marshal(map[string]string{"detail": text})
	return Status(status, "application/json", string(body))
}

// BadKey answers 401 and Forbidden 403: the key is bad.
var (
	BadKey    = Detail(http.StatusUnauthorized, "Invalid API key")
	Forbidden = Detail(http.StatusForbidden, "Not authorized")
)

// Invalid answers 422 with a validation list of one entry for a body's field.
func Invalid(field, message string) Fault {
	body, _ := json.Marshal(map[string]any{"detail": []any{
		map[string]any{"loc": []string{"body", field}, "msg": message, "type": "value_error"},
	}})
	return Status(http.StatusUnprocessableEntity, "application/json", string(body))
}

// TooMany answers 429 with the Retry-After given, seconds or an HTTP date;
// none if it is empty.
func TooMany(retryAfter string) Fault {
	return func(w http.ResponseWriter, r *Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		Detail(http.StatusTooManyRequests, "Too Many Requests")(w, r)
	}
}

// Away answers a 5xx as the server itself or the proxy before it does: 500 in
// plain text, everything else as an HTML page.
func Away(status int) Fault {
	if status == http.StatusInternalServerError {
		return Status(status, "text/plain; charset=utf-8", "Internal Server Error")
	}
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return Status(status, "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n<center><h1>"+
		title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// HTML answers a page with 200, as a captive portal does.
func HTML(w http.ResponseWriter, _ *Request) {
	send(w, http.StatusOK, "text/html", []byte("<!DOCTYPE html><title>Welcome</title><p>Please log in."))
}

// NotJSON answers plain words, called JSON, with 200.
func NotJSON(w http.ResponseWriter, _ *Request) {
	send(w, http.StatusOK, "application/json", []byte("all is well"))
}

// TruncatedJSON answers the first half of the right answer as if it were all.
func TruncatedJSON(w http.ResponseWriter, r *Request) {
	status, header, body := r.Answer()
	send(w, status, header.Get("Content-Type"), body[:len(body)/2])
}

// BadBase64 answers an image in which every fourth character is no base64.
func BadBase64(w http.ResponseWriter, _ *Request) {
	send(w, http.StatusOK, "application/json", []byte(`{"image":"iVB*Rw0*Ggo*AAA*"}`))
}

// DataURI answers the right picture as a data: URI.
func DataURI(w http.ResponseWriter, r *Request) {
	uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(r.Picture())
	send(w, http.StatusOK, "application/json", []byte(`{"image":"`+uri+`"}`))
}

// URL answers a picture's address instead of the picture.
func URL(w http.ResponseWriter, _ *Request) {
	send(w, http.StatusOK, "application/json", []byte(`{"image":"https://images.invalid/fox.png"}`))
}

// NestedImageFirst answers the right picture behind other keys, one of which
// holds an object with an image of its own.
func NestedImageFirst(w http.ResponseWriter, r *Request) {
	body := append([]byte(`{"meta":{"image":"bm8="},"note":"\"image\":","list":[{"image":1}],`), imageJSON(r.Picture())[1:]...)
	send(w, http.StatusOK, "application/json", body)
}

// NotAPicture answers valid base64 of a text.
func NotAPicture(w http.ResponseWriter, _ *Request) {
	send(w, http.StatusOK, "application/json", imageJSON([]byte("This is not a picture, however long one looks at it.")))
}

// Oversized answers a picture whose header claims that many pixels.
func Oversized(width, height uint32) Fault {
	return Status(http.StatusOK, "application/json", string(imageJSON(oversized(width, height))))
}

// Big answers a valid picture of n bytes, BigPicture(n).
func Big(n int) Fault {
	return Status(http.StatusOK, "application/json", string(imageJSON(BigPicture(n))))
}

// Reset resets the connection without an answer.
func Reset(w http.ResponseWriter, _ *Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic("kellytest: " + err.Error()) // HTTP/1 connections can be taken over
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		panic("kellytest: " + err.Error()) // the connection is open
	}
	conn.Close()
}

// CloseMidBody announces the right answer's length and closes the connection
// after half of it.
func CloseMidBody(w http.ResponseWriter, r *Request) {
	half(w, r)
	panic(http.ErrAbortHandler)
}

// Hang never answers; it ends when the caller goes or the server closes.
func Hang(_ http.ResponseWriter, r *Request) {
	<-r.http.Context().Done()
	panic(http.ErrAbortHandler) // returning would be an empty answer
}

// HangMidBody sends half of the right answer and then nothing more, until the
// caller goes or the server closes.
func HangMidBody(w http.ResponseWriter, r *Request) {
	half(w, r)
	<-r.http.Context().Done()
	panic(http.ErrAbortHandler)
}

func half(w http.ResponseWriter, r *Request) {
	body := begin(w, r)
	put(w, body[:len(body)/2])
}

// begin sends the right answer's header with its length and returns its body.
func begin(w http.ResponseWriter, r *Request) (body []byte) {
	status, header, body := r.Answer()
	w.Header().Set("Content-Type", header.Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	return body
}

// Drip sends the right answer a byte at a time with a pause before each.
func Drip(pause time.Duration) Fault {
	return func(w http.ResponseWriter, r *Request) {
		body := begin(w, r)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for i := range body {
			select {
			case <-tick.C:
			case <-r.http.Context().Done():
				panic(http.ErrAbortHandler)
			}
			put(w, body[i:i+1])
		}
	}
}

// Endless sends an image that never ends, until the caller goes or the server
// closes.
func Endless(w http.ResponseWriter, r *Request) {
	w.Header().Set("Content-Type", "application/json")
	start := imageJSON(Picture("endless", "", 64, 64))
	put(w, start[:len(`{"image":"`)+8])
	more := make([]byte, 64<<10)
	for i := range more {
		more[i] = 'A'
	}
	for r.http.Context().Err() == nil {
		put(w, more)
	}
	panic(http.ErrAbortHandler) // returning would be an end
}

// Chunked sends the right answer without a Content-Length, in small chunks.
func Chunked(w http.ResponseWriter, r *Request) {
	status, header, body := r.Answer()
	w.Header().Set("Content-Type", header.Get("Content-Type"))
	w.WriteHeader(status)
	for chunk := range slices.Chunk(body, 1<<10) {
		put(w, chunk)
	}
}

// Gzip sends the right answer compressed, asked or not.
func Gzip(w http.ResponseWriter, r *Request) {
	status, header, body := r.Answer()
	w.Header().Set("Content-Type", header.Get("Content-Type"))
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	defer z.Close()
	if _, err := z.Write(body); err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	put(w, body)
}

// put sends bytes at once; a fault ends here when the caller has gone.
func put(w http.ResponseWriter, body []byte) {
	_, err := w.Write(body) //nolint:gosec // JSON for a test's client, no page
	if err = cmp.Or(err, http.NewResponseController(w).Flush()); err != nil {
		panic(http.ErrAbortHandler)
	}
}
