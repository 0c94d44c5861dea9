package telegram_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
)

func TestACancelledUploadLetsGoOfThePicture(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reached := make(chan struct{}, 1)
	s.Break("sendPhoto", telegramtest.Stall(reached))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	b := append(encode(t, 64, 64), make([]byte, 4<<20)...)
	_, err := s.adapter.Deliver(ctx, to, picture(t, b, "a fox"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver ended with %v", err)
	}
	clear(b) // the race detector sees whoever still reads
}

func TestUploadsAtOnceAreBounded(t *testing.T) {
	const many = telegram.MaxUploads + 5
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reached, release := make(chan struct{}, many), make(chan struct{})
	for range many {
		s.Break("sendPhoto", telegramtest.Hold(reached, release))
	}
	var uploads sync.WaitGroup
	for range many {
		reply := picture(t, encode(t, 64, 64), "a fox")
		uploads.Go(func() {
			if _, err := s.adapter.Deliver(context.Background(), to, reply); err != nil {
				t.Error(err)
			}
		})
	}
	for range telegram.MaxUploads {
		<-reached
	}
	if n := len(reached); n != 0 {
		t.Errorf("%d more uploads than allowed are under way", n)
	}
	// Whoever cannot begin does not wait longer than its context.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.adapter.Deliver(ctx, to, picture(t, encode(t, 64, 64), "late")); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver ended with %v", err)
	}
	close(release)
	uploads.Wait()
	if n := len(s.Sent()); n != many {
		t.Errorf("people see %d pictures, want %d", n, many)
	}
}
