package commands

import "time"

// Waiting is the status of a request that is about at position in line, with
// about when its picture will be ready, if that is known.
func Waiting(id string, position int, ready time.Time) Status {
	if ready.IsZero() {
		return status(id, Say("⏳ You are about #%s in line.", position))
	}
	return status(id, Say("⏳ You are about #%s in line, your picture is ready %s.", position, moment(ready)))
}

// Drawing is the status of a request that has been drawn since then, with
// about when its picture will be ready, if that is known.
func Drawing(id string, since, ready time.Time) Status {
	if ready.IsZero() {
		return status(id, Say("⏳ Drawing: started %s.", ago(since)))
	}
	return status(id, Say("⏳ Drawing: started %s, ready %s.", ago(since), moment(ready)))
}

// Held is the status of a request that is kept while the picture service has
// been away since then.
func Held(id string, since time.Time) Status {
	return status(id, Say("⏳ Kelly has been away since %s; your request is kept.", clock(since)))
}

// HeldForRoom is the status of a request that is kept while there is no room
// for its picture.
func HeldForRoom(id string) Status {
	return status(id, Say("⏳ The bot has no room for pictures right now; your request is kept."))
}

func status(id string, text Text) Status {
	return Status{Text: text, Buttons: []Button{cancelButton(id)}}
}

// ago is a moment in the past that platforms may count from.
func ago(t time.Time) Span {
	text := Say("%s ago", span(max(time.Since(t), time.Second)))
	text[0].At = t
	return text[0]
}
