package kelly_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

func TestDescribeReturnsTheContent(t *testing.T) {
	server := kellytest.New(t)
	server.Script(kellytest.JSON(`{"detail":null,"content":"A fox,\nin snow."}`))
	got, err := newClient(t, server).Describe(t.Context(), "What is it?", []byte("an image"))
	if err != nil || got != "A fox,\nin snow." {
		t.Errorf("got %q, %v", got, err)
	}
	want := map[string]any{"prompt": "What is it?", "image_data": base64.StdEncoding.EncodeToString([]byte("an image"))}
	if body := sent(t, server, "image/description"); !maps.Equal(body, want) {
		t.Errorf("sent %v", body)
	}
}

func TestDescribeTellsWhatIsWrong(t *testing.T) {
	for answer, want := range map[string]error{
		`{"detail":"too blurry"}`:  kelly.ErrRefused,
		`{"content":null}`:         kelly.ErrInvalidContent,
		`{"content":""}`:           kelly.ErrInvalidContent,
		`{"content":["a fox"]}`:    kelly.ErrInvalidContent,
		`{"image":"QUJD"}`:         kelly.ErrInvalidContent,
		`"a fox"`:                  kelly.ErrInvalidContent,
		`{"content":"a fox"`:       kelly.ErrInvalidContent,
		`<!DOCTYPE html>`:          kelly.ErrInvalidContent,
		strings.Repeat(" ", 2<<20): kelly.ErrInvalidContent,
	} {
		server := kellytest.New(t)
		server.Script(kellytest.JSON(answer))
		got, err := newClient(t, server).Describe(t.Context(), "What is it?", []byte("an image"))
		if got != "" || !errors.Is(err, want) {
			t.Errorf("%.40s: got %q, %v", answer, got, err)
		}
	}
}
