package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"kellybot/kelly"
	"kellybot/kelly/sandbox"
)

// call sends one request to a sandbox in memory.
func call(t testing.TB, method, path, body string) (status int, answer []byte) {
	t.Helper()
	transport := sandbox.NewTransport()
	defer transport.Close()
	return callOf(t, transport, method, path, body)
}

// callOf sends one request to that sandbox.
func callOf(t testing.TB, transport *sandbox.Transport, method, path, body string) (status int, answer []byte) {
	t.Helper()
	r := newRequest(t, t.Context(), method, path, body)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.ContentLength != int64(len(answer)) || !json.Valid(answer) {
		t.Errorf("no JSON of the length announced: %.200s", answer)
	}
	return resp.StatusCode, answer
}

// picture makes a call that has to answer with a picture.
func picture(t testing.TB, path string, fields map[string]any) (file []byte, img image.Image) {
	t.Helper()
	fields["responseType"] = "base64data"
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	status, sent := call(t, http.MethodPost, path, string(body))
	var answer struct{ Image []byte }
	if err := json.Unmarshal(sent, &answer); err != nil || status != http.StatusOK {
		t.Fatalf("%s answered %d: %.200s", path, status, sent)
	}
	file = answer.Image
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

func TestWhatIsAskedForAgainIsAnotherPicture(t *testing.T) {
	for path, body := range map[string]string{
		"image/generate": `{"prompt":"a lighthouse","width":128,"height":128}`,
		"image/edit":     `{"prompt":"a lighthouse","width":128,"height":128,"image_data":"` + sample(t, 60, 60) + `"}`,
	} {
		var runs [2][4]string
		for i := range runs {
			transport := sandbox.NewTransport()
			defer transport.Close()
			for n := range runs[i] {
				_, answer := callOf(t, transport, http.MethodPost, path, body) // a URL made of the picture
				if runs[i][n] = string(answer); slices.Contains(runs[i][:n], runs[i][n]) {
					t.Errorf("%s: picture %d is one of those before", path, n+1)
				}
			}
		}
		if runs[0] != runs[1] {
			t.Errorf("%s: another sandbox draws others", path)
		}
	}
}

func TestModelListsAreAsLongAsTheRealOnes(t *testing.T) {
	var all []string
	for path, want := range map[string]int{"sd/models": 58, "sdxl/models": 8} {
		status, answer := call(t, http.MethodGet, path, "")
		var names []string
		if err := json.Unmarshal(answer, &names); err != nil || status != http.StatusOK || len(names) != want {
			t.Errorf("%s answered %d with %d names: %v", path, status, len(names), err)
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Error("a name is listed twice")
	}
	if _, found := slices.BinarySearch(all, kelly.DefaultModel); !found {
		t.Error("the default model is missing")
	}
}

func TestWithoutResponseTypeTheAnswerIsAURL(t *testing.T) {
	_, answer := call(t, http.MethodPost, "image/generate", `{"prompt":"a cup","width":64,"height":64}`)
	if !strings.HasPrefix(string(answer), `{"image":"https://sandbox.invalid/`) {
		t.Errorf("the answer is %s", answer)
	}
}

func TestEditShowsTheSourceAndThePrompt(t *testing.T) {
	fields := map[string]any{"prompt": "a blue sea", "image_data": sample(t, 300, 200), "width": 256, "height": 192}
	first, img := picture(t, "image/edit", fields)
	if img.Bounds().Size() != image.Pt(256, 192) {
		t.Errorf("the size is %v", img.Bounds().Size())
	}
	inside, _, _, _ := img.At(128, 70).RGBA()
	_, outside, _, _ := img.At(20, 20).RGBA()
	_, green, _, _ := img.At(128, 70).RGBA()
	if green >= outside || inside <= green {
		t.Error("the red square of the source cannot be seen")
	}
	fields["prompt"] = "a golden desert"
	if other, _ := picture(t, "image/edit", fields); bytes.Equal(first, other) {
		t.Error("another prompt gave the same picture")
	}
}

func TestUpscaleDoublesWithoutSeams(t *testing.T) {
	source := image.NewRGBA(image.Rect(0, 0, 40, 300)) // several strips high
	for i := range source.Pix {
		source.Pix[i] = byte(i * i / 7)
		if i%4 == 3 {
			source.Pix[i] = 255
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, source); err != nil {
		t.Fatal(err)
	}
	_, got := picture(t, "image/upscale", map[string]any{"image_data": file.Bytes()})
	want := image.NewRGBA(image.Rect(0, 0, 80, 600))
	draw.CatmullRom.Scale(want, want.Rect, source, source.Rect, draw.Src, nil)
	if got.Bounds() != want.Rect {
		t.Fatalf("the size is %v", got.Bounds())
	}
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if c := color.RGBAModel.Convert(got.At(x, y)); c != want.RGBAAt(x, y) {
				t.Fatalf("at %d, %d there is %v, not %v as without strips", x, y, c, want.RGBAAt(x, y))
			}
		}
	}
}

func TestRemoveBackgroundLeavesTheSubject(t *testing.T) {
	_, img := picture(t, "image/removebg", map[string]any{"image_data": sample(t, 120, 80)})
	if img.Bounds().Size() != image.Pt(120, 80) {
		t.Errorf("the size is %v", img.Bounds().Size())
	}
	for _, at := range []image.Point{{0, 0}, {119, 79}, {60, 5}} {
		if _, _, _, alpha := img.At(at.X, at.Y).RGBA(); alpha != 0 {
			t.Errorf("the background is there at %v", at)
		}
	}
	if r, _, _, alpha := img.At(60, 40).RGBA(); alpha != 0xffff || r>>8 != 200 {
		t.Error("the subject is gone")
	}
}

func TestDescriptionSaysWhatCanBeMeasuredAndWhoLooked(t *testing.T) {
	for name, test := range map[string]struct {
		file, prompt string
		want         []string
	}{
		"red square": {sample(t, 120, 80), "", []string{"sandbox", "without a model", "120 by 80 pixels", "wide", "red", "white"}},
		"question":   {sample(t, 64, 64), "what is it?", []string{"square", "cannot answer questions"}},
		"nothing":    {base64.StdEncoding.EncodeToString(transparent(t)), "", []string{"entirely transparent"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := call(t, http.MethodPost, "image/description", `{"prompt":"`+test.prompt+`","image_data":"`+test.file+`"}`)
			var said struct{ Content string }
			if err := json.Unmarshal(answer, &said); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, answer)
			}
			for _, word := range test.want {
				if !strings.Contains(said.Content, word) {
					t.Errorf("%q is not in %q", word, said.Content)
				}
			}
		})
	}
}

func transparent(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 10, 20))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAttachmentsMayBeJPEGOrGIF(t *testing.T) {
	source := image.NewPaletted(image.Rect(0, 0, 30, 30), color.Palette{color.White, color.Black})
	var asJPEG, asGIF bytes.Buffer
	if err := errors.Join(jpeg.Encode(&asJPEG, source, nil), gif.Encode(&asGIF, source, nil)); err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{asJPEG.Bytes(), asGIF.Bytes()} {
		if _, img := picture(t, "image/upscale", map[string]any{"image_data": file}); img.Bounds().Dx() != 60 {
			t.Errorf("the size is %v", img.Bounds().Size())
		}
	}
}
