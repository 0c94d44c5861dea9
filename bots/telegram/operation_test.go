package telegram

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnOperationNamesNoTokenAndNoFile(t *testing.T) {
	for path, want := range map[string]string{
		"/bot123:hunter2/sendPhoto":                 "sendPhoto",
		"/below/bot123:hunter2/getUpdates":          "getUpdates",
		"/file/bot123:hunter2/photos/fox.jpg":       "file",
		"/below/file/bot123:hunter2/photos/fox.jpg": "file",
	} {
		if got := Operation(httptest.NewRequest(http.MethodPost, "http://api.telegram.test"+path, nil)); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
