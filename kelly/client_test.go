package kelly

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

const testKey = "a-key-for-tests"

func TestNewRefusesWhatCannotWork(t *testing.T) {
	tests := map[string]struct {
		key    string
		option Option
	}{
		"no key":                   {key: ""},
		"a key with a line break":  {key: "key\nfor tests"},
		"a key with a space":       {key: " key-of-mine"},
		"a key with an umlaut":     {key: "schlüssel"},
		"no URL":                   {testKey, WithBaseURL("")},
		"no scheme":                {testKey, WithBaseURL("api.kellyai.pro")},
		"another scheme":           {testKey, WithBaseURL("ftp://api.kellyai.pro/")},
		"no host":                  {testKey, WithBaseURL("https:///kelly")},
		"a port without host":      {testKey, WithBaseURL("https://:443/")},
		"a password":               {testKey, WithBaseURL("https://me:secret-of-mine@api.kellyai.pro/")},
		"a query":                  {testKey, WithBaseURL("https://api.kellyai.pro/?x=secret-of-mine")},
		"an empty query":           {testKey, WithBaseURL("https://api.kellyai.pro/?")},
		"a fragment":               {testKey, WithBaseURL("https://api.kellyai.pro/#secret-of-mine")},
		"a URL that is none":       {testKey, WithBaseURL("https://secret-of-mine\x00/")},
		"no time":                  {testKey, WithTimeout(0)},
		"no transport":             {testKey, WithTransport(nil)},
		"no budget":                {testKey, WithBudget(0)},
		"less than nothing of one": {testKey, WithBudget(-1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var options []Option
			if test.option != nil {
				options = append(options, test.option)
			}
			_, err := New(test.key, options...)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if s := err.Error(); strings.Contains(s, "secret-of-mine") || test.key != "" && strings.Contains(s, test.key) {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

func TestBaseURLMayCarryAPathAndLackTheLastSlash(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.kellyai.pro":           "https://api.kellyai.pro/sd/models",
		"https://api.kellyai.pro/":          "https://api.kellyai.pro/sd/models",
		"http://127.0.0.1:8080/kelly":       "http://127.0.0.1:8080/kelly/sd/models",
		"http://127.0.0.1:8080/kelly/v1/":   "http://127.0.0.1:8080/kelly/v1/sd/models",
		"HTTP://[::1]:8080/a%2Fb":           "http://[::1]:8080/a%2Fb/sd/models",
		"https://api.kellyai.pro/with%20it": "https://api.kellyai.pro/with%20it/sd/models",
	} {
		var got string
		client, err := New(testKey, WithBaseURL(base), WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return reply(200, `[]`), nil
		})))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.SDModels(t.Context()); err != nil || got != want {
			t.Errorf("%s asked %s, %v, want %s", base, got, err, want)
		}
	}
}

func TestPrintingAClientDoesNotShowTheKey(t *testing.T) {
	client, err := New(testKey, WithTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("a client", "client", client)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a client", "client", client)
	for _, printed := range []string{
		fmt.Sprint(client), fmt.Sprintf("%+v", client), fmt.Sprintf("%#v", client),
		fmt.Sprintf("%+v", *client), fmt.Sprintf("%#v", *client), fmt.Sprintf("%v", *client), log.String(),
	} {
		if strings.Contains(printed, testKey) {
			t.Errorf("the key is in %s", printed)
		}
	}
}
