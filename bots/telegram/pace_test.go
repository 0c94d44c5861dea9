package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAPIThatDoesNotHoldItsAnswersIsNotAskedAllTheTime(t *testing.T) {
	for name, result := range map[string]string{
		"nothing new": "[]",
		"no result":   "null",
		"no updates":  "[1,null,{}]",
		"one update":  "[" + update(5) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{results: []string{result}}
				ctx, cancel := context.WithCancel(t.Context())
				ended := s.run(ctx, t, pending)
				time.Sleep(10 * time.Minute)
				// Between two polls lie two seconds on average.
				if n := len(s.offsets()); n < 10 || n > 500 {
					t.Errorf("%d polls in ten minutes", n)
				}
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Run ended with %v", err)
				}
			})
		})
	}
}

func TestASuccessWithoutAResultIsNone(t *testing.T) {
	for _, result := range []string{``, `,"result":null`, `,"result":"x"`} {
		var updates []json.RawMessage
		if err := decode("getUpdates", []byte(`{"ok":true`+result+`}`), &updates); !errors.Is(err, errOddResult) {
			t.Errorf("%q: %v", result, err)
		}
	}
	if err := decode("deleteMessage", []byte(`{"ok":true}`), nil); err != nil {
		t.Errorf("where none is looked at: %v", err)
	}
}
