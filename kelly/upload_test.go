package kelly

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

func TestUploadIsTheSameHoweverItIsRead(t *testing.T) {
	for size := 1; size < 70; size++ {
		image := randomPNG(max(29, size))[:size]
		want := `{"a":1,"image_data":"` + base64.StdEncoding.EncodeToString(image) + `"}`
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "half by half": iotest.HalfReader,
		} {
			req := new(http.Request)
			newUpload([]byte(`{"a":1}`), image).attach(req)
			got, err := io.ReadAll(reader(req.Body))
			if err != nil || string(got) != want || req.ContentLength != int64(len(want)) {
				t.Errorf("%d bytes %s: %s, %v", size, name, got, err)
			}
		}
	}
}

func TestUploadsOfOneRequestDoNotDisturbEachOther(t *testing.T) {
	body := []byte(`{"a":1}         `)[:7]
	u := newUpload(body, bytes.Repeat([]byte("fox"), 50))
	req := new(http.Request)
	u.attach(req)
	if _, err := io.CopyN(io.Discard, req.Body, 30); err != nil {
		t.Fatal(err)
	}
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(again, []byte(`{"a":1,"image_data":"`+base64.StdEncoding.EncodeToString(u.image)+`"}`)); err != nil {
		t.Error(err)
	}
	if string(body[:cap(body)]) != `{"a":1}         ` {
		t.Errorf("the body became %q", body[:cap(body)])
	}
}

// A caller may use its image for something else as soon as the call is over.
func TestAStoppedUploadReadsNothingMore(t *testing.T) {
	u := newUpload([]byte(`{"a":1}`), bytes.Repeat([]byte("fox"), 50))
	req := new(http.Request)
	u.attach(req)
	if _, err := io.CopyN(io.Discard, req.Body, int64(len(u.head))+8); err != nil {
		t.Fatal(err)
	}
	u.stop()
	if n, err := req.Body.Read(make([]byte, 100)); n != 0 || !errors.Is(err, errUploadStopped) {
		t.Errorf("got %d, %v", n, err)
	}
}
