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
	text := say("%s at work, %s waiting.", count(l.Running, "request"), count(l.Waiting, "request"))
	if !l.Away.IsZero() {
		text = append(text, say(" The picture service has been away since %s; everything is kept until it is back.", clock(l.Away))...)
	}
	if len(l.Own) == 0 {
		return append(text, say("\nNone of them is yours: ask for a picture with %s.", code("/imagine"))...)
	}
	for _, own := range l.Own {
		text = append(text, say("\n%s ", code(own.ID))...)
		text = append(text, own.text()...)
		text = append(text, say(": ")...)
		text = append(text, Span{Text: echo(own.Prompt), Cut: true})
	}
	return append(text, say("\n%s and an id cancels one.", code("/cancel"))...)
}

// text says where the request is.
func (s Standing) text() Text {
	switch {
	case !s.Since.IsZero():
		return append(say("is being drawn, started %s", ago(s.Since)), s.ready()...)
	case s.Position > 0:
		return append(say("is about #%s in line", s.Position), s.ready()...)
	}
	return say("is kept until the picture service is back")
}

// ready says when the picture will be there, where that is known.
func (s Standing) ready() Text {
	if s.Ready.IsZero() {
		return nil
	}
	return say(", ready %s", moment(s.Ready))
}

// moment is a time in the future that platforms may count down to.
func moment(t time.Time) Span {
	text := "any moment"
	if left := time.Until(t); left > 0 {
		text = "in about " + span(left)
	}
	return Span{Text: text, At: t}
}

// clock is a time of day, in UTC, since a chat's people live anywhere.
func clock(t time.Time) Span {
	return Span{Text: t.UTC().Format("15:04 UTC")}
}
