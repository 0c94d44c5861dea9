package telegram

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
)

// A recaller is a Router that knows what its users have drawn.
type recaller interface {
	Recent(ctx context.Context, req *commands.Request, words string, skip, limit int) (found []commands.Picture, next int, err error)
}

var _ recaller = (*commands.Router)(nil)

// inline offers somebody who types the bot's name and words in any chat their
// own pictures, by the files that Telegram has of them. It is for nobody else,
// and asked anew each time, for pictures come and go.
func (r *receiver) inline(ctx context.Context, update int, q *telebot.Query) {
	if q.Sender == nil || q.Sender.IsBot {
		return
	}
	req := &commands.Request{
		ID:       fmt.Sprintf("%s:%d:%d", name, r.me.ID, update),
		Address:  commands.Address{Platform: name},
		User:     person(q.Sender),
		Chat:     commands.Chat{ID: decimal(q.Sender.ID), Private: true},
		Locale:   q.Sender.LanguageCode,
		Alone:    true,
		Received: time.Now(),
	}
	params := map[string]any{"inline_query_id": q.ID, "is_personal": true, "cache_time": 0}
	skip, err := strconv.Atoi(cmp.Or(q.Offset, "0"))
	results := []any{} // never null
	if router, ok := r.router.(recaller); ok && err == nil && skip >= 0 {
		found, next, err := router.Recent(ctx, req, q.Text, skip, maxResults)
		if err != nil && !commands.Usual(err) {
			r.log.Warn("cannot look for somebody's pictures", "job", req.ID, "cause", err)
		}
		for _, picture := range found {
			if result := offered(picture); result != nil {
				results = append(results, result)
			}
		}
		if next > 0 {
			params["next_offset"] = strconv.Itoa(next)
		}
	}
	if len(results) == 0 && skip == 0 {
		label := commands.Say("Draw a picture").In(req.Locale).String()
		params["button"] = map[string]string{"text": label, "start_parameter": "inline"}
	}
	params["results"] = results
	if err := r.call(ctx, showTime, "answerInlineQuery", params, nil); err != nil {
		r.log.Debug("a search for pictures could not be answered", "job", req.ID, "cause", err)
	}
}

// offered is the picture as the result of a search, or nil.
func offered(picture commands.Picture) any {
	file, err := parseRemote(picture.File)
	if err != nil {
		return nil
	}
	kind := "photo"
	if file.Document {
		kind = "document"
	}
	title := []rune(picture.Job.Generate.Prompt)
	return map[string]string{
		"type":            kind,
		"id":              picture.ID,
		kind + "_file_id": file.ID,
		"title":           cmp.Or(string(title[:min(len(title), maxTitle)]), picture.ID),
		"description":     picture.At.UTC().Format(time.DateOnly),
	}
}
