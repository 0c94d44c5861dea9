package commands

import (
	"context"
	"time"
)

// newQueue is /queue.
func newQueue(requests Requests) *Command {
	return &Command{
		Name:     "queue",
		Summary:  "Show how many requests wait, and where yours are",
		Examples: []string{"/queue"},
		Private:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			line, err := requests.Line(ctx, req)
			if err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: line.text()}, false, nil
		},
	}
}

// text shows the line as one of its users may see it: the others as numbers.
func (l Line) text() Text {
	text := Say("%s at work, %s waiting.", requests(l.Running), requests(l.Waiting))
	if !l.Away.IsZero() {
		text = Say("%s %s", text, Say("The picture service has been away since %s; everything is kept until it is back.", clock(l.Away)))
	}
	for _, quota := range l.Quotas {
		left := Say("You may ask for %s of %s pictures more today, until 00:00 UTC.", quota.Left, quota.Max)
		if quota.Chat {
			left = Say("In this chat %s of %s pictures more may be asked for today, until 00:00 UTC.", quota.Left, quota.Max)
		}
		text = Say("%s\n%s", text, left)
	}
	if len(l.Own) == 0 {
		return Say("%s\n%s", text, Say("None of them is yours: ask for a picture with %s.", code("/imagine")))
	}
	for _, own := range l.Own {
		text = append(text, Say("\n%s %s: %s", code(own.ID), own.text(), Span{Text: echo(own.Prompt), Cut: true})...)
	}
	return Say("%s\n%s", text, Say("%s and an id cancels one.", code("/cancel")))
}

// text says where the request is.
func (s Standing) text() Text {
	known := !s.Ready.IsZero()
	switch {
	case !s.Since.IsZero() && known:
		return Say("is being drawn, started %s, ready %s", ago(s.Since), moment(s.Ready))
	case !s.Since.IsZero():
		return Say("is being drawn, started %s", ago(s.Since))
	case s.Position > 0 && known:
		return Say("is about #%s in line, ready %s", s.Position, moment(s.Ready))
	case s.Position > 0:
		return Say("is about #%s in line", s.Position)
	}
	return Say("is kept until the picture service is back")
}

// moment is a time in the future that platforms may count down to.
func moment(t time.Time) Span {
	text := Say("any moment")
	if left := time.Until(t); left > 0 {
		text = Say("in about %s", span(left))
	}
	text[0].At = t
	return text[0]
}

func requests(n int) Text { return sayMany(n, "%s request", "%s requests") }

// clock is a time of day, in UTC, since a chat's people live anywhere.
func clock(t time.Time) Span {
	return Span{Text: t.UTC().Format("15:04 UTC")}
}
