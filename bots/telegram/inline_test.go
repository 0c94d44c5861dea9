package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
	"kellybot/kelly"
)

// A drawer is a router that has drawn so many pictures; of an empty search it
// says all, of other words nothing.
type drawer struct {
	handler
	pictures []commands.Picture
	err      error
	asked    chan *commands.Request
}

func (d drawer) Recent(_ context.Context, req *commands.Request, words string, skip, limit int) ([]commands.Picture, int, error) {
	d.asked <- req
	if words != "" || d.err != nil {
		return nil, 0, d.err
	}
	rest := d.pictures[min(skip, len(d.pictures)):]
	if len(rest) > limit {
		return rest[:limit], skip + limit, nil
	}
	return rest, 0, nil
}

func drawn(id, prompt, file string) commands.Picture {
	return commands.Picture{ID: id, At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), File: commands.Attachment{Data: json.RawMessage(file)},
		Job: commands.Job{Generate: kelly.GenerateRequest{Prompt: prompt}}}
}

func TestASearchOffersOnesOwnPictures(t *testing.T) {
	var many []commands.Picture
	for n := range 60 {
		many = append(many, drawn(fmt.Sprint("many", n), "a fox", `{"file_id":"photo"}`))
	}
	photo := map[string]string{"type": "photo", "id": "one", "photo_file_id": "photo", "title": "a fox", "description": "2026-11-22"}
	document := map[string]string{"type": "document", "id": "two", "document_file_id": "document", "title": "two", "description": "2026-11-22"}
	for _, c := range []struct {
		name          string
		pictures      []commands.Picture
		err           error
		words, offset string
		want          []map[string]string // the first of the results
		results       int
		next, button  string
	}{
		{name: "photos and files", pictures: []commands.Picture{drawn("one", "a fox", `{"file_id":"photo"}`), drawn("two", "", `{"file_id":"document","document":true}`)},
			want: []map[string]string{photo, document}, results: 2},
		{name: "none yet", button: "Draw a picture"},
		{name: "none of these words", pictures: many, words: "vixen", button: "Draw a picture"},
		{name: "fifty at once", pictures: many, results: 50, next: "50"},
		{name: "the others", pictures: many, offset: "50", results: 10},
		{name: "after the last", pictures: many, offset: "60"},
		{name: "from nowhere", pictures: many, offset: "fox", button: "Draw a picture"},
		{name: "from before the first", pictures: many, offset: "-1"},
		{name: "of another platform", pictures: []commands.Picture{drawn("one", "a fox", `{"channel":"1"}`)}, button: "Draw a picture"},
		{name: "when the database is away", pictures: many, err: errors.New("no database"), button: "Draw a picture"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := make(chan *commands.Request, 1)
			s := newStage(t, drawer{echo, c.pictures, c.err, asked})
			s.AddFile("photo", []byte("x"))
			s.AddFile("document", []byte("x"))
			s.run(t)
			s.Search(bea, c.words, c.offset)
			s.await(t, "an answer", func() bool { return len(s.Offered()) == 1 })
			got := s.Offered()[0]
			if len(got.Results) != c.results || got.Next != c.next || got.Button != c.button {
				t.Errorf("people see %d results, the button %q, and go on from %q", len(got.Results), got.Button, got.Next)
			}
			for n, want := range c.want {
				if fmt.Sprint(got.Results[n]) != fmt.Sprint(want) {
					t.Errorf("result %d is %v, want %v", n, got.Results[n], want)
				}
			}
			call := s.Calls("answerInlineQuery")[0].Params
			if call["is_personal"] != "true" || call["cache_time"] != "0" {
				t.Errorf("answered with %v", call)
			}
			select {
			case req := <-asked:
				if req.User.ID != bea.UserID || req.Chat != (commands.Chat{ID: bea.UserID, Private: true}) || !req.Alone || req.Locale != "en" || req.Address.Platform != "telegram" {
					t.Errorf("asked as %+v", req)
				}
			default:
				if c.offset == "" {
					t.Error("nobody was asked")
				}
			}
			if warned := strings.Contains(s.log.String(), "cannot look for"); warned != (c.err != nil) {
				t.Errorf("the log is\n%s", s.log)
			}
		})
	}
}

func TestASearchThatCannotBeAnsweredHoldsUpNobody(t *testing.T) {
	s := newStage(t, drawer{echo, nil, nil, make(chan *commands.Request, 9)})
	s.run(t)
	s.Break("answerInlineQuery", telegramtest.Refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid", nil))
	s.Search(bea, "x", "")
	s.Say(bea, "/imagine a fox")
	if got := s.awaitSent(t, 1)[0].Text; got != "a fox" {
		t.Errorf("people read %q", got)
	}
	s.await(t, "the confirmation", func() bool { return s.Pending() == 0 })
}
