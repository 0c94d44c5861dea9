package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
)

func TestASlowPressIsAcknowledgedBeforeItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		r := newReceiver(s.adapter(t, func(context.Context, *commands.Request) (commands.Reply, bool) {
			time.Sleep(noticeTime + time.Minute)
			return commands.Reply{Text: commands.T("Cancelled."), Private: true}, false
		}, slog.DiscardHandler))
		settled := false
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.handle(1, json.RawMessage(`{"callback_query":{"id":"9","from":{"id":5,"first_name":"Anna"},
				"message":{"message_id":3,"chat":{"id":5,"type":"private"}},"data":"cancel:k3v9"}}`), func(bool) { settled = true })
		}()
		time.Sleep(noticeTime)
		synctest.Wait()
		if got := s.told("answerCallbackQuery", "text"); !slices.Equal(got, []any{nil}) {
			t.Errorf("the acknowledgements are %v", got)
		}
		<-done
		if got := s.told("sendMessage", "text"); !slices.Equal(got, []any{"Cancelled."}) || !settled {
			t.Errorf("sent %v, settled: %v", got, settled)
		}
		if n := len(s.told("answerCallbackQuery", "text")); n != 1 {
			t.Errorf("there are %d acknowledgements", n)
		}
	})
}

func TestAStatusThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{faults: map[string]fault{"sendMessage": {}, "editMessageText": {}}}
		a := s.adapter(t, pending, slog.DiscardHandler)
		for _, at := range []address{{Chat: 5}, {Chat: 5, Status: 7}} {
			began := time.Now()
			to, err := a.Show(t.Context(), at.stored(), commands.Status{Text: commands.T("⏳")})
			if err == nil || !reflect.DeepEqual(to, at.stored()) || time.Since(began) != showTime {
				t.Errorf("after %v Show ended with %v at %s", time.Since(began), err, to.Data)
			}
		}
	})
}

func TestALongFloodIsWaitedOutForWhatIsNotStored(t *testing.T) {
	flood := fault{&apiError{Code: 429, RetryAfter: time.Minute}}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &script{faults: map[string]fault{"sendMessage": flood}}
		_, err := s.adapter(t, pending, slog.DiscardHandler).Deliver(t.Context(), address{Chat: 5}.stored(), commands.Reply{Text: commands.T("a fox")})
		if err == nil || errors.Is(err, commands.ErrUndeliverable) || time.Since(began) > 0 {
			t.Errorf("after %v Deliver ended with %v", time.Since(began), err)
		}
		if demand, ok := errors.AsType[*commands.RetryError](err); !ok || demand.After != time.Minute {
			t.Errorf("it may be tried again after %+v", demand)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &script{updates: 1, faults: map[string]fault{"sendMessage": flood}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, func(context.Context, *commands.Request) (commands.Reply, bool) {
			return commands.Reply{Text: commands.T("a fox")}, false
		})
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := s.told("sendMessage", "text"); !slices.Equal(got, []any{"a fox", "a fox"}) {
			t.Errorf("%v after the request sent %v", time.Since(began), got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}

// floodedFiles is a Bot API that takes photos, and files after a flood.
type floodedFiles struct{ flooded bool }

func (f *floodedFiles) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	if strings.HasSuffix(req.URL.Path, "/sendDocument") && !f.flooded {
		f.flooded = true
		return nil, &apiError{Code: 429, RetryAfter: time.Minute}
	}
	body := io.NopCloser(strings.NewReader(`{"ok":true,"result":{"message_id":1}}`))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Request: req}, nil
}

// Left for later, all of it would be sent: what is there already once more.
func TestAFloodBetweenTwoPicturesIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := commands.Reply{Images: []commands.Image{
			{Name: "a.png", Picture: sized(t, false, 64, 48, 100)},
			{Name: "b.png", Picture: sized(t, false, 6000, 2, 100)}, // a file, for its shape
		}}
		a := (&script{}).adapter(t, pending, slog.DiscardHandler)
		a.transport, a.uploads = &floodedFiles{}, make(chan struct{}, 1)
		receipt, err := a.Deliver(t.Context(), address{Chat: 5}.stored(), reply)
		if err != nil || len(receipt.Images) != 2 {
			t.Errorf("after %d pictures Deliver ended with %v", len(receipt.Images), err)
		}
	})
}
