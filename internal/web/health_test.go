package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnePartThatIsNotWellMakesTheWholeUnwell(t *testing.T) {
	for want, parts := range map[string]map[string]Part{
		`200 {"well":true,"parts":{}}`:                                                                           {},
		`200 {"well":true,"parts":{"a":{"well":true,"state":"is there"}}}`:                                       {"a": {true, "is there"}},
		`503 {"well":false,"parts":{"a":{"well":true,"state":"is there"},"b":{"well":false,"state":"is away"}}}`: {"a": {true, "is there"}, "b": {false, "is away"}},
	} {
		answer := httptest.NewRecorder()
		Health(func() map[string]Part { return parts }).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := answer.Result().Status[:4] + answer.Body.String(); got != want+"\n" {
			t.Errorf("got %swant %s", got, want)
		}
		if header := answer.Header(); header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
			t.Errorf("the header is %v", header)
		}
	}
}
