package kelly

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// roles are what this binary does instead of testing when it starts itself
// anew: a server in a process of its own costs the measured one nothing.
var roles = map[string]func() error{"server": servePictures}

const roleVariable = "KELLY_TEST_ROLE"

func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startRole starts this binary in a role and returns the first line that it
// prints. The process is told to end by the end of its standard input.
func startRole(tb testing.TB, role string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("%s: %v", role, err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// pictureServer starts a server in another process and returns its base URL
// for pictures of a size in bytes.
func pictureServer(tb testing.TB, size int) string {
	return startRole(tb, "server", strconv.Itoa(size))
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
