package kelly

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

// scanText scans an answer that comes from r, with room for size bytes.
func scanText(r io.Reader, size int) (image, rest []byte, err error) {
	s := scanner{r: r, room: func(int64) ([]byte, error) { return make([]byte, size), nil }}
	return s.scan()
}

func TestScannerFindsTheTopLevelImage(t *testing.T) {
	fox := []byte("a red fox in snow, and more than a few bytes of it: \xfb\xff\xfe????>>>>")
	text := base64.StdEncoding.EncodeToString(fox)
	raw := base64.RawURLEncoding.EncodeToString(fox)
	everyOther := func(s, between string) string { return strings.Join(strings.Split(s, ""), between) }
	tests := map[string]string{
		"alone":                      `{"image":"` + text + `"}`,
		"with white space":           " {\n\t\"image\" \r\n:\t \"" + text + "\" }\n ",
		"last":                       `{"a":1,"b":[true,null,-1.5e3],"image":"` + text + `"}`,
		"first":                      `{"image":"` + text + `","a":{"b":[]}}`,
		"behind a nested one":        `{"a":{"image":"bm8="},"b":[{"image":"bm8="},"image",["image"]],"image":"` + text + `"}`,
		"before a nested one":        `{"image":"` + text + `","a":{"image":"bm8="}}`,
		"behind its name in a text":  `{"a":"\"image\":\"bm8=\"","image":"` + text + `"}`,
		"behind its name as a value": `{"a":"image","b":"image","image":"` + text + `"}`,
		"behind backslashes":         `{"a":"\\","b\\":"\\\"","image":"` + text + `"}`,
		"behind its name in a key":   `{"\"image\":":1,"Image":"bm8=","images":"bm8=","image":"` + text + `"}`,
		"with an escaped key":        `{"\u0069mag\u0065":"` + text + `"}`,
		"beside a detail":            `{"detail":"fine","image":"` + text + `"}`,
		"with escaped slashes":       `{"image":"` + strings.ReplaceAll(text, "/", `\/`) + `"}`,
		"with escaped characters":    `{"image":"` + strings.NewReplacer("+", `\u002B`, "=", `\u003d`, "/", `\u002f`).Replace(text) + `"}`,
		"with escaped lines":         `{"image":"` + everyOther(text, `\r\n`) + `\n"}`,
		"with bare lines":            `{"image":"` + everyOther(text, "\r\n \t") + "\n\"}",
		"without padding":            `{"image":"` + strings.TrimRight(text, "=") + `"}`,
		"with half its padding":      `{"image":"` + strings.TrimSuffix(text, "=") + `"}`,
		"with padding on a new line": `{"image":"` + strings.TrimRight(text, "=") + strings.Repeat(`\n`, 50) + `=="}`,
		"in the URL-safe alphabet":   `{"image":"` + raw + `"}`,
		"as a data URI":              `{"image":"data:image/png;base64,` + text + `"}`,
		"as a data URI in capitals":  `{"image":"DATA:;x=y;BASE64,` + text + `"}`,
		"as a data URI with escapes": `{"image":"data:image\/png;base64,` + strings.ReplaceAll(text, "/", `\/`) + `"}`,
	}
	readers := map[string]func(io.Reader) io.Reader{
		"at once":      func(r io.Reader) io.Reader { return r },
		"byte by byte": iotest.OneByteReader,
		"with its end": iotest.DataErrReader,
	}
	for name, answer := range tests {
		for how, reader := range readers {
			t.Run(name+"/"+how, func(t *testing.T) {
				image, rest, err := scanText(reader(strings.NewReader(answer)), len(answer))
				if err != nil || !bytes.Equal(image, fox) {
					t.Fatalf("got %q, %v", image, err)
				}
				if !json.Valid(rest) || bytes.Contains(rest, []byte(text[:8])) {
					t.Errorf("the rest is %s", rest)
				}
			})
		}
	}
}

func TestScannerDecodesPicturesOfEverySizeAroundItsBuffers(t *testing.T) {
	for _, near := range []int{0, headSize / 4 * 3, chunkSize / 4 * 3, chunkSize, 3 * chunkSize} {
		for size := max(0, near-40); size < near+40; size++ {
			want := randomPNG(max(29, size))[:size]
			answer := `{"image":"` + base64.StdEncoding.EncodeToString(want) + `"}`
			image, _, err := scanText(strings.NewReader(answer), size+3)
			if err != nil || !bytes.Equal(image, want) {
				t.Fatalf("%d bytes: %v", size, err)
			}
		}
	}
}

func TestScannerTellsWhatIsWrong(t *testing.T) {
	long := strings.Repeat("QUJD", chunkSize)
	tests := []struct {
		name, answer string
		want         error
	}{
		{"nothing", "", errNotJSON},
		{"a page", "<!DOCTYPE html><title>Welcome</title>", errNotJSON},
		{"words", "all is well", errNotJSON},
		{"cut off before the image", `{"image":`, errNotJSON},
		{"cut off at its beginning", `{"image":"`, errCutOff},
		{"cut off in the image", `{"image":"QUJD`, errCutOff},
		{"cut off in a long image", `{"image":"` + long, errCutOff},
		{"cut off in a data URI", `{"image":"data:image/png`, errCutOff},
		{"cut off behind the image", `{"image":"QUJD"`, errNotJSON},
		{"more behind the end", `{"image":"QUJD"} {}`, errNotJSON},
		{"an image in an array", `["image":"QUJD"]`, errNotJSON},
		{"an image where no value is", `{"image":1"QUJD"}`, errNotJSON},
		{"two images", `{"image":"QUJD","image":"QUJD"}`, errTwoImages},
		{"a URL", `{"image":"https://images.invalid/fox.png"}`, errURL},
		{"an escaped URL", `{"image":"HTTP:\/\/images.invalid"}`, errURL},
		{"words for an image", `{"image":"not base64 at all!"}`, errNotBase64},
		{"an escaped quote", `{"image":"QUJD\"QUJD"}`, errNotBase64},
		{"an escaped other character", `{"image":"QUJD\u00e9"}`, errNotBase64},
		{"a strange escape", `{"image":"QUJD\x41"}`, errNotBase64},
		{"an escape that is none", `{"image":"QUJD\u00zz"}`, errNotBase64},
		{"an escape without an end", `{"image":"QUJD\u00"}`, errNotBase64},
		{"a lone character", `{"image":"QUJDR"}`, errNotBase64},
		{"padding in the middle", `{"image":"QQ==QUJD"}`, errNotBase64},
		{"too much padding", `{"image":"QQ==="}`, errNotBase64},
		{"a late bad character", `{"image":"` + long + `*"}`, errNotBase64},
		{"a data URI without base64", `{"image":"data:image/svg+xml,%3Csvg%3E"}`, errDataURI},
		{"a data URI without data", `{"image":"data:image/png;base64"}`, errDataURI},
		{"an endless data URI", `{"image":"data:` + long + `"}`, errDataURI},
		{"too much beside the image", `{"a":"` + strings.Repeat("x", maxJSON) + `"}`, errSurplus},
		{"an image beyond the room", `{"image":"` + long + long + `"}`, errTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			image, _, err := scanText(strings.NewReader(test.answer), len(long))
			if image != nil || !errors.Is(err, test.want) {
				t.Errorf("got %q, %v, want %v", image, err, test.want)
			}
		})
	}
}

func TestScannerPassesOnWhatReadingAndRoomFailWith(t *testing.T) {
	broken := errors.New("broken")
	for _, before := range []string{``, `{"im`, `{"image":"`, `{"image":"data:im`, `{"image":"QUJDQUJD`, `{"image":"QUJD"`} {
		r := io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken))
		if _, _, err := scanText(r, 100); !errors.Is(err, broken) {
			t.Errorf("behind %s: got %v", before, err)
		}
	}
	s := scanner{r: strings.NewReader(`{"image":"QUJD"}`), room: func(int64) ([]byte, error) { return nil, broken }}
	if _, _, err := s.scan(); !errors.Is(err, broken) {
		t.Errorf("without room: got %v", err)
	}
}

func TestScannerSaysHowMuchCameBeforeTheImage(t *testing.T) {
	const before = `{"a":[1,2,3],"image":"data:;base64,`
	var got int64
	s := scanner{r: strings.NewReader(before + `QUJD"}`), room: func(read int64) ([]byte, error) {
		got = read
		return make([]byte, 3), nil
	}}
	if _, _, err := s.scan(); err != nil || got != int64(len(before)) {
		t.Errorf("got %d, %v, want %d", got, err, len(before))
	}
}

func TestScannerGivesUpOnAReaderThatNeverAdvances(t *testing.T) {
	if _, _, err := scanText(readerFunc(func([]byte) (int, error) { return 0, nil }), 10); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var bareBreaks = regexp.MustCompile("[\t\r\n]")

// Every answer that encoding/json understands must be understood alike; every
// other one must fail, except that the image may hold bare line breaks.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"image":"QUJD"}`, `{"image":"QUJDRA=="}`, `{"a":{"image":"QQ"},"\u0069mage":"Q\/+\u002B-_"}`,
		`{"image":null,"detail":[{"loc":["body","width"],"msg":"no"}]}`, `["image"]`, `{"image":"data:;base64,QUJD"}`,
		`{"image":"QU\nJD"} x`, `{"image":"` + strings.Repeat("QUJD", 20) + `"}`, `{"image":"A","image":1}`, `{"image":"http:"}`,
	} {
		f.Add([]byte(seed), uint8(7))
	}
	f.Fuzz(func(t *testing.T, answer []byte, step uint8) {
		r := bytes.NewReader(answer)
		image, rest, err := scanText(readerFunc(func(p []byte) (int, error) {
			return r.Read(p[:min(len(p), 1+int(step))])
		}), len(answer))

		if spaced := bareBreaks.ReplaceAll(answer, []byte(" ")); !json.Valid(spaced) {
			if err == nil {
				t.Fatalf("%q passed with %q", answer, image)
			}
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(answer, &object) != nil {
			return
		}
		if keys, _ := objectKeys(answer); len(keys) != len(object) {
			return // who repeats a key means we know not what
		}
		var text string
		if json.Unmarshal(object["image"], &text) != nil || object["image"][0] != '"' {
			if err != nil || image != nil {
				t.Fatalf("%q: got %q, %v", answer, image, err)
			}
			var again map[string]json.RawMessage
			if json.Unmarshal(rest, &again) != nil || !maps.EqualFunc(object, again, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
				t.Fatalf("%q became %q", answer, rest)
			}
			return
		}
		want, valid := plainBase64(text)
		switch {
		case valid && (err != nil || !bytes.Equal(image, want)):
			t.Fatalf("%q: got %q, %v, want %q", answer, image, err, want)
		case !valid && err == nil && !strings.HasPrefix(strings.ToLower(text), "data:"):
			t.Fatalf("%q: got %q from %q", answer, image, text)
		}
	})
}

// plainBase64 decodes as leniently as the scanner, the slow way.
func plainBase64(text string) ([]byte, bool) {
	text = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "-", "+", "_", "/").Replace(text)
	bare := strings.TrimRight(text, "=")
	b, err := base64.RawStdEncoding.DecodeString(bare)
	return b, err == nil && len(text)-len(bare) <= 2
}
