package pipeline

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"kellybot/kelly/kellytest"
	"kellybot/kelly/processtest"
)

func init() { roles["peers"] = servePeers }

// startPeers starts Kelly and both platforms in another process, which sends
// and takes one picture of so many bytes, and returns its base URL.
func startPeers(tb testing.TB, size int) string {
	return processtest.Start(tb, "peers", strconv.Itoa(size))
}

// servePeers answers at the least cost. An upload that does not hold the
// picture, to the last byte, is refused.
func servePeers() error {
	size, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	picture := kellytest.BigPicture(size)
	drawn := []byte(`{"image":"` + base64.StdEncoding.EncodeToString(picture) + `"}`)
	// An answer of Discord's and of Telegram's at once.
	taken := []byte(`{"id":"1","attachments":[{"id":"2"}],"ok":true,` +
		`"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"photo":[{"file_id":"a","width":64,"height":64}]}}`)
	buffers := sync.Pool{New: func() any { return new([64 << 10]byte) }}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer := buffers.Get().(*[64 << 10]byte)
		defer buffers.Put(buffer)
		answer := taken
		if strings.HasSuffix(r.URL.Path, "/image/generate") {
			answer = drawn
			_, _ = io.Copy(io.Discard, r.Body)
		} else if err := holds(r.Body, picture, buffer[:]); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		w.Write(answer)
	})}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	fmt.Printf("http://%s/\n", listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	server.Close()
	serving.Wait()
	return err
}

// holds reads a form to its end and reports whether the picture is in it.
func holds(form io.Reader, picture, buffer []byte) error {
	head := buffer[:4<<10] // where it begins
	if _, err := io.ReadFull(form, head); err != nil {
		return err
	}
	begin := bytes.Index(head, picture[:8])
	if begin < 0 {
		return errors.New("there is no picture")
	}
	for left, got := picture, head[begin:]; ; {
		same := min(len(left), len(got))
		if !bytes.Equal(left[:same], got[:same]) {
			return errors.New("the picture arrived changed")
		}
		left = left[same:]
		n, err := form.Read(buffer)
		got = buffer[:n]
		switch {
		case err == nil, n > 0:
		case errors.Is(err, io.EOF) && len(left) == 0:
			return nil
		default:
			return fmt.Errorf("%d bytes of the picture are missing: %w", len(left), err)
		}
	}
}
