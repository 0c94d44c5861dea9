package kelly

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"kellybot/kelly/processtest"
)

// roles are what this binary does instead of testing when it starts itself
// anew: a server in a process of its own costs the measured one nothing.
var roles = map[string]func() error{"server": servePictures}

func TestMain(m *testing.M) { processtest.Main(m, roles) }

// pictureServer starts a server in another process and returns its base URL
// for pictures of a size in bytes.
func pictureServer(tb testing.TB, size int) string {
	return processtest.Start(tb, "server", strconv.Itoa(size))
}

func servePictures() error {
	size, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	body := []byte(`{"image":"` + base64.StdEncoding.EncodeToString(randomPNG(size)) + `"}`)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil || !strings.HasPrefix(path.Dir(r.URL.Path), "/image") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})}
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(l) })
	fmt.Printf("http://%s/\n", l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	server.Close()
	wg.Wait()
	return err
}

// randomPNG returns size bytes, always the same, that begin like a PNG of
// 2048x2048 and go on like one: incompressible.
func randomPNG(size int) []byte {
	b := make([]byte, size)
	copy(b, "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x08\x00\x00\x00\x08\x00\x08\x02\x00\x00\x00")
	r := rand.NewPCG(1, uint64(size))
	for i := 29; i+8 <= size; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
	return b
}
