package commands

import (
	"time"

	"kellybot/kelly"
)

// A Reply is an answer before a platform renders it. Adapters escape its
// text, cut it to the platform's limits and upload its images.
type Reply struct {
	Text Text
	// Private asks that only the requester sees the reply, where the platform
	// can do that.
	Private bool
	// Failed says that the request was not done, and the text why; Refused, of
	// one that Failed, that the reason is the requester's.
	Failed, Refused bool

	Images  []Image
	Files   []File
	Buttons []Button
	// Form asks the requester for more. Where a platform cannot ask, the Text
	// says how to give it.
	Form *Form
	// Update asks that the reply takes the place of the message whose button
	// was pressed.
	Update bool
	// Locale is the language that the reply is said in, for what an adapter
	// adds to it; a BCP 47 tag, or "".
	Locale string
	// Start, of a private reply, is what brings it, or the more that it speaks
	// of, after /start: for a platform that can show but a few words to one
	// person, and leads them to its private chat for more.
	Start string
	// starts, unless it is nil, is what Start asks for, which Reply.Offered stores:
	// what the requester may see here, they would not be shown elsewhere.
	starts *Request
}

// Release gives the images' memory back; their bytes must not be used after.
func (r Reply) Release() {
	for _, image := range r.Images {
		image.Picture.Release()
	}
}

// A File is a document to attach.
type File struct {
	Name        string // as Image.Name
	ContentType string
	Bytes       []byte
}

// A Form asks for input that becomes a Request of its Command: the value of
// the field without a name is its text, those of the others its options, and
// ID, unless it is "", its option id.
type Form struct {
	Title   string // at most 45 characters (Discord's limit)
	Command string
	ID      string // as Button.ID, or ""
	Fields  []Field
	// Changes is the id of the picture whose request the form changes, or "".
	Changes string
	// line is Line where the fields do not say it all.
	line string
}

// A Field is one value of a Form.
type Field struct {
	Name  string // the option's, or "" for the text
	Flag  string // the option's flag, or ""
	Label string // at most 45 characters (Discord's limit)
	Value string // what stands there already, for the text as one would type it
	Long  bool   // several lines
	whole bool   // as Job.whole
}

// A Button offers a command below a reply. Pressing it is a Request of that
// command whose text is the button's id.
type Button struct {
	Label   string // at most 40 characters, an emoji first
	Number  int    // stands after the label; 0 is none
	Command string
	Break   bool // begins a row of its own
	// ID is the short id of something stored, so that a button works after a
	// restart and on another process; lower case letters and digits.
	ID string
	// asks, unless it is nil, is what pressing the button asks for, which
	// Reply.Offered stores: it gives the button its Command and its ID.
	asks *Request
}

// A Status says how a request is doing until its answer takes the status's
// place. Its text starts with ⏳, which a final message never does.
type Status struct {
	Text    Text
	Buttons []Button
}

// An Image is a picture to attach.
type Image struct {
	Name    string // a speaking file name with its extension; letters, digits and hyphens only
	Alt     string // what the picture shows, for those who cannot see it; not cut
	Picture *kelly.Picture
	// Spoiler asks to hide the picture until somebody wants to see it, where
	// the platform can do that.
	Spoiler bool
	// Document asks that the file is kept as it is, where pictures would be
	// compressed.
	Document bool
}

// A Style is how a Span is shown.
type Style uint8

// The styles that every platform can show.
const (
	Plain Style = iota
	Bold
	Code // fixed width, to be copied as it is
)

// A Span is a run of text in one style.
type Span struct {
	Text  string
	Style Style
	URL   string // where the span leads, or ""
	// At is a moment that Text says relative to now; a platform that can count
	// down to it by itself shows that instead. Usually zero.
	At time.Time
	// message is what is yet to be said in the requester's language.
	message *message
	// Cut allows an adapter to shorten this span, with an ellipsis, when the
	// whole does not fit the platform's limit.
	Cut bool
}

// Text is light structured text. It is never markup: adapters escape all of it.
type Text []Span

// T returns plain text.
func T(s string) Text { return Text{{Text: s}} }

// String returns the text without its structure; what was not said in any
// language yet, in English.
func (t Text) String() string {
	s := ""
	for _, span := range t.In("en") {
		s += span.Text
	}
	return s
}
