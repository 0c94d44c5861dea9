package playground

import (
	"slices"
	"time"
)

// A chat is what one person and the bot have said to each other. Its JSON is
// stored, and its messages' is what the page gets.
type chat struct {
	// Rev grows with every change; a message has that of its last one.
	Rev      int64     `json:"rev"`
	Messages []message `json:"messages"`
	// Done are the events of the last requests that were answered or are surely
	// going to be: what is asked again by one of them is done already.
	Done []string `json:"done,omitempty"`
}

// A message is what is shown as one.
type message struct {
	ID      string     `json:"id"`
	Rev     int64      `json:"rev"`
	At      int64      `json:"at"` // in milliseconds since 1970
	Own     bool       `json:"own,omitempty"`
	Open    bool       `json:"open,omitempty"`   // of one's own: it is not surely answered yet
	Status  bool       `json:"status,omitempty"` // until the answer takes its place
	Private bool       `json:"private,omitempty"`
	Failed  bool       `json:"failed,omitempty"`
	Locale  string     `json:"locale,omitempty"` // of what the bot says
	Text    []span     `json:"text"`
	Images  []file     `json:"images,omitempty"`
	Files   []file     `json:"files,omitempty"`
	Buttons [][]button `json:"buttons,omitempty"` // by rows
	Form    *form      `json:"form,omitempty"`
}

// A span is a run of a message's text in one style.
type span struct {
	Text string `json:"text"`
	Bold bool   `json:"bold,omitempty"`
	Code bool   `json:"code,omitempty"`
	URL  string `json:"url,omitempty"`
	At   int64  `json:"at,omitempty"` // the moment that Text says relative to now
}

// A file belongs to a message.
type file struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Size    int64  `json:"size"` // bytes
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
	Alt     string `json:"alt,omitempty"`
	Spoiler bool   `json:"spoiler,omitempty"`
}

// A button asks for its command with its id.
type button struct {
	Label   string `json:"label"`
	Command string `json:"command"`
	ID      string `json:"id"`
}

// A form asks for values that become a request.
type form struct {
	Title   string  `json:"title"`
	Command string  `json:"command"`
	ID      string  `json:"id,omitempty"`
	Fields  []field `json:"fields"`
}

type field struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Value string `json:"value"`
	Long  bool   `json:"long,omitempty"`
}

// find returns the message, or nil.
func (c *chat) find(id string) *message {
	if n := c.index(id); n >= 0 {
		return &c.Messages[n]
	}
	return nil
}

func (c *chat) index(id string) int {
	return slices.IndexFunc(c.Messages, func(m message) bool { return m.ID == id })
}

// put adds the message, or puts it in the place of the one with its id.
func (c *chat) put(m message) {
	m.Rev = c.turn()
	if n := c.index(m.ID); n >= 0 {
		m.At = c.Messages[n].At
		c.Messages[n] = m
		return
	}
	m.At = time.Now().UnixMilli()
	c.Messages = append(c.Messages, m)
}

// remove takes the messages out, and reports whether there was one.
func (c *chat) remove(ids ...string) bool {
	before := len(c.Messages)
	c.Messages = slices.DeleteFunc(c.Messages, func(m message) bool { return slices.Contains(ids, m.ID) })
	if len(c.Messages) == before {
		return false
	}
	c.turn()
	return true
}

// finish notes that the event's request is done, and takes the messages out
// that go with it.
func (c *chat) finish(to address, consumed []string) {
	c.take(to)
	if !c.done(to) {
		c.Done = append(c.Done, to.Event)
		c.Done = slices.Delete(c.Done, 0, max(0, len(c.Done)-maxDone))
	}
	c.remove(consumed...)
}

// take notes that the event's request is surely answered.
func (c *chat) take(to address) {
	if question := c.find(to.question()); question != nil && question.Open {
		question.Open, question.Rev = false, c.turn()
	}
}

// done reports whether the event's request is done.
func (c *chat) done(to address) bool {
	return slices.Contains(c.Done, to.Event) || c.find(to.answer()) != nil
}

// turn returns the next revision. As it follows the clock, a chat that was
// cleared and begun again has none twice.
func (c *chat) turn() int64 {
	c.Rev = max(c.Rev+1, time.Now().UnixMilli())
	return c.Rev
}

// trim lets the oldest messages go until the rest is within the limits. The
// newest stays.
func (c *chat) trim() {
	kept, bytes := 0, int64(0)
	for _, m := range slices.Backward(c.Messages) {
		for _, f := range m.files() {
			bytes += f.Size
		}
		if kept == maxMessages || kept > 0 && bytes > maxChatBytes {
			break
		}
		kept++
	}
	c.Messages = slices.Delete(c.Messages, 0, len(c.Messages)-kept)
}

// files are all of the message's.
func (m message) files() []file { return slices.Concat(m.Images, m.Files) }

// file returns the file of that id in any message.
func (c *chat) file(id string) (file, bool) {
	for _, m := range c.Messages {
		for _, f := range m.files() {
			if f.ID == id {
				return f, true
			}
		}
	}
	return file{}, false
}

// A delta is what has changed in a chat.
type delta struct {
	Rev      int64     `json:"rev"`
	IDs      []string  `json:"ids"`      // of all messages, in order
	Messages []message `json:"messages"` // those that are new or changed
	// Busy is how much longer the page shows that the bot is at work, and Since
	// for how long it has been, in milliseconds.
	Busy  int64 `json:"busy"`
	Since int64 `json:"since"`
}

// since returns what has changed since the revision; all of it for one that
// this chat has not had yet.
func (c *chat) since(rev int64) delta {
	if rev > c.Rev {
		rev = 0
	}
	d := delta{Rev: c.Rev, IDs: []string{}, Messages: []message{}}
	for _, m := range c.Messages {
		d.IDs = append(d.IDs, m.ID)
		if m.Rev > rev {
			d.Messages = append(d.Messages, m)
		}
	}
	return d
}
