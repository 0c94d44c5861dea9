package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	_ "image/gif"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kellybot/kelly/sandbox"
)

// call sends one request to a sandbox in memory; body is sent as it is if it
// is a string, and else as JSON.
func call(t testing.TB, method, path string, body any) (status int, answer map[string]any) {
	t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	default:
		sent, _ = json.Marshal(b)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, sandbox.BaseURL+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	transport := sandbox.NewTransport()
	defer transport.Close()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.ContentLength != int64(len(got)) {
		t.Errorf("Content-Length is %d for %d bytes", resp.ContentLength, len(got))
	}
	if err := json.Unmarshal(got, &answer); err != nil && path != "sd/models" && path != "sdxl/models" {
		t.Fatalf("the answer is no JSON object: %.200s", got)
	}
	return resp.StatusCode, answer
}

// picture makes a call that has to answer with a picture.
func picture(t testing.TB, path string, fields map[string]any) (file []byte, img image.Image) {
	t.Helper()
	fields["responseType"] = "base64data"
	status, answer := call(t, http.MethodPost, path, fields)
	if status != http.StatusOK {
		t.Fatalf("%s answered %d: %v", path, status, answer)
	}
	text, _ := answer["image"].(string)
	file, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	img, err = png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return file, img
}

// sample is a white picture with a red square in its middle.
func sample(t testing.TB, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{250, 250, 250, 255}
			if x > width/4 && x < width*3/4 && y > height/4 && y < height*3/4 {
				c = color.RGBA{200, 20, 30, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes())
}

func TestGenerateAnswersTheSizeAskedForAtEveryExtreme(t *testing.T) {
	for _, size := range [][2]int{{64, 64}, {64, 2048}, {2048, 64}, {640, 384}, {333, 777}} {
		_, img := picture(t, "image/generate", map[string]any{"prompt": "a red fox in snow", "width": size[0], "height": size[1]})
		if got := img.Bounds().Size(); got != image.Pt(size[0], size[1]) {
			t.Errorf("asked for %v, got %v", size, got)
		}
	}
}

func TestGenerateIsDeterministicForPromptModelAndSize(t *testing.T) {
	ask := func(prompt, model string, width int) []byte {
		file, _ := picture(t, "image/generate", map[string]any{"prompt": prompt, "model": model, "width": width, "height": 128})
		return file
	}
	first := ask("a lighthouse", "PhotoPerfect", 128)
	if !bytes.Equal(first, ask("a lighthouse", "PhotoPerfect", 128)) {
		t.Error("the same request gave two pictures")
	}
	for _, other := range [][]byte{
		ask("a lighthouse!", "PhotoPerfect", 128),
		ask("a lighthouse", "PixelArt", 128),
		ask("a lighthouse", "PhotoPerfect", 129),
	} {
		if bytes.Equal(first, other) {
			t.Error("another prompt, model or size gave the same picture")
		}
	}
}

func TestModelListsAreAsLongAsTheRealOnes(t *testing.T) {
	all := slices.Concat(sandbox.SDModels(), sandbox.SDXLModels())
	if len(sandbox.SDModels()) != 58 || len(sandbox.SDXLModels()) != 8 {
		t.Errorf("%d SD and %d SDXL models", len(sandbox.SDModels()), len(sandbox.SDXLModels()))
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Error("a name is listed twice")
	}
	if _, found := slices.BinarySearch(all, "PhotoPerfect"); !found {
		t.Error("PhotoPerfect is missing")
	}
}

func TestWithoutResponseTypeTheAnswerIsAURL(t *testing.T) {
	_, answer := call(t, http.MethodPost, "image/generate", map[string]any{"prompt": "a cup", "width": 64, "height": 64})
	if url, _ := answer["image"].(string); !strings.HasPrefix(url, "https://sandbox.invalid/") {
		t.Errorf("the answer is %v", answer)
	}
}
