package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhatIsForThisMachineIsAnsweredByItsNamesAlone(t *testing.T) {
	handler := Local(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"localhost": 200, "LocalHost:8080": 200, "127.0.0.1:8080": 200, "127.1.2.3": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:8080": 403, "localhost.evil.example:8080": 403, "192.0.2.1:8080": 403, "127.0.0.1.evil.example": 403, "": 403,
	} {
		request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != want {
			t.Errorf("%q is answered with %d", host, answer.Code)
		}
	}
}
