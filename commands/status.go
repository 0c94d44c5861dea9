package commands

import "time"

// Waiting is the status of a request that is about at position in line, with
// about when its picture will be ready, if that is known.
func Waiting(id string, position int, ready time.Time) Status {
	text := say("⏳ You are about #%s in line", position)
	if !ready.IsZero() {
		text = append(text, say(", your picture is ready %s", moment(ready))...)
	}
	return status(id, append(text, say(".")...))
}

// Drawing is the status of a request that has been drawn since then, with
// about when its picture will be ready, if that is known.
func Drawing(id string, since, ready time.Time) Status {
	text := say("⏳ Drawing: started %s", ago(since))
	if !ready.IsZero() {
		text = append(text, say(", ready %s", moment(ready))...)
	}
	return status(id, append(text, say(".")...))
}

// Held is the status of a request that is kept while the picture service has
// been away since then.
func Held(id string, since time.Time) Status {
	return status(id, say("⏳ Kelly has been away since %s; your request is kept.", clock(since)))
}

// HeldForRoom is the status of a request that is kept while there is no room
// for its picture.
func HeldForRoom(id string) Status {
	return status(id, say("⏳ The bot has no room for pictures right now; your request is kept."))
}

func status(id string, text Text) Status {
	return Status{Text: text, Buttons: []Button{cancelButton(id)}}
}

// ago is a moment in the past that platforms may count from.
func ago(t time.Time) Span {
	return Span{Text: span(max(time.Since(t), time.Second)) + " ago", At: t}
}
