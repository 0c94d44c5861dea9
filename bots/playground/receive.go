package playground

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kellybot/commands"
)

// errBadRequest is that a request is none that the page makes.
var errBadRequest = errors.New("playground: not a request of the page")

// newRequest is a request of the visitor without what is asked for.
func (a *Adapter) newRequest(r *http.Request, visitor string, to address) *commands.Request {
	return &commands.Request{
		ID:        to.request(),
		Address:   to.stored(),
		User:      commands.User{ID: visitor, Name: "Guest"},
		Chat:      commands.Chat{ID: visitor, Private: true},
		Locale:    locale(r),
		Moderator: true,
		Alone:     true,
		Received:  time.Now(),
	}
}

// say is a text as it was typed, and perhaps a picture. Text without a command
// is for the command say, or where there is none for imagine, and beside a
// picture for edit.
func (a *Adapter) say(w http.ResponseWriter, r *http.Request, visitor string) {
	if !a.admit(w, r, visitor) {
		return
	}
	event, text, picture, err := a.said(w, r, visitor)
	if err != nil {
		a.declineBody(w, r, err)
		return
	}
	to := address{Chat: visitor, Event: event}
	req := a.newRequest(r, visitor, to)
	command, _, rest, isCommand := commands.ParseLine(text)
	switch {
	case isCommand:
	case a.router.Command(Name, "say") != nil:
		command, rest = "say", text
	case len(picture) > 0:
		command, rest = "edit", text
	default:
		command, rest = "imagine", text
	}
	req.Command, req.Text = command, rest
	question := message{ID: to.question(), Own: true, Open: true, Text: []span{{Text: text}}, Images: picture}
	a.handle(w, r, req, &question, nil)
}

// said reads what is said; the picture is one or none. Its error is
// errBadRequest, commands.ErrNotAPicture, or that the picture cannot be kept.
func (a *Adapter) said(w http.ResponseWriter, r *http.Request, visitor string) (event, text string, picture []file, err error) {
	defer func() {
		if err != nil {
			a.store.discard(visitor, picture)
		}
	}()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // else the server's stands
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return "", "", nil, errBadRequest
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			if !eventID.MatchString(event) || !utf8.ValidString(text) || len(text) > maxTyped || strings.TrimSpace(text) == "" && len(picture) == 0 {
				return "", "", picture, errBadRequest
			}
			return event, text, picture, nil
		case err != nil:
			return "", "", picture, errBadRequest
		case part.FormName() == "picture" && len(picture) == 0:
			if !eventID.MatchString(event) { // which the page sends first
				return "", "", nil, errBadRequest
			}
			f, err := a.upload(visitor, part)
			if err != nil {
				return "", "", picture, err
			}
			picture = append(picture, f)
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxTyped+1))
		if err != nil {
			return "", "", picture, errBadRequest
		}
		switch part.FormName() {
		case "event":
			event = string(value)
		case "text":
			text = string(value)
		}
	}
}

// upload keeps a picture that somebody sends.
func (a *Adapter) upload(visitor string, body io.Reader) (file, error) {
	const sniffed = 512 // bytes that http.DetectContentType looks at
	buffered := bufio.NewReaderSize(io.LimitReader(body, maxUpload+1), sniffed)
	head, _ := buffered.Peek(sniffed) // a shorter one is told by what it has
	f := file{Type: http.DetectContentType(head)}
	if !isPicture(f.Type) {
		return f, commands.ErrNotAPicture
	}
	_, kind, _ := strings.Cut(f.Type, "/")
	f.Name = "picture." + kind
	var err error
	if f.ID, f.Size, err = a.store.save(visitor, buffered); err != nil {
		return f, err
	}
	if f.Size > maxUpload {
		a.store.discard(visitor, []file{f})
		return f, commands.ErrNotAPicture
	}
	return f, nil
}

// press is a button that was pressed.
func (a *Adapter) press(w http.ResponseWriter, r *http.Request, visitor string) {
	var pressed struct {
		Event   string `json:"event"`
		Message string `json:"message"`
		Command string `json:"command"`
		ID      string `json:"id"`
	}
	c, err := a.asked(w, r, visitor, &pressed)
	if err != nil || !eventID.MatchString(pressed.Event) {
		a.declineBody(w, r, errors.Join(err, errBadRequest))
		return
	}
	to := address{Chat: visitor, Event: pressed.Event, Pressed: pressed.Message}
	m := c.find(pressed.Message)
	there := m != nil && slices.ContainsFunc(slices.Concat(m.Buttons...), func(b button) bool {
		return b.Command == pressed.Command && b.ID == pressed.ID
	})
	if !there {
		a.gone(w, r, c, to)
		return
	}
	req := a.newRequest(r, visitor, to)
	req.Command, req.Text, req.Message, req.Pressed = pressed.Command, pressed.ID, pressed.Message, true
	a.handle(w, r, req, nil, nil)
}

// fill is a form that was filled in. It goes when what it asks for is taken.
func (a *Adapter) fill(w http.ResponseWriter, r *http.Request, visitor string) {
	var filled struct {
		Event   string            `json:"event"`
		Message string            `json:"message"`
		Values  map[string]string `json:"values"`
	}
	c, err := a.asked(w, r, visitor, &filled)
	if err != nil || !eventID.MatchString(filled.Event) {
		a.declineBody(w, r, errors.Join(err, errBadRequest))
		return
	}
	to := address{Chat: visitor, Event: filled.Event}
	m := c.find(filled.Message)
	if m == nil || m.Form == nil {
		a.gone(w, r, c, to)
		return
	}
	req := a.newRequest(r, visitor, to)
	req.Command, req.Options = m.Form.Command, map[string]string{}
	for _, field := range m.Form.Fields {
		switch value := filled.Values[field.Name]; {
		case field.Name == "":
			req.Text = value
		case strings.TrimSpace(value) != "":
			req.Options[field.Name] = value
		}
	}
	if m.Form.ID != "" {
		req.Options["id"] = m.Form.ID
	}
	a.handle(w, r, req, nil, []string{m.ID})
}

// dismiss is a form that was closed: it goes.
func (a *Adapter) dismiss(w http.ResponseWriter, r *http.Request, visitor string) {
	var closed struct {
		Message string `json:"message"`
	}
	if _, err := a.asked(w, r, visitor, &closed); err != nil {
		a.declineBody(w, r, err)
		return
	}
	err := a.store.change(visitor, func(c *chat) error {
		if m := c.find(closed.Message); m == nil || m.Form == nil {
			return errUnchanged
		}
		c.remove(closed.Message)
		return nil
	})
	if err != nil {
		a.fault(w, r, "removing a form", err)
		return
	}
	tell(w, struct{}{})
}

// asked reads the JSON of a request, and the chat that it is about.
func (a *Adapter) asked(w http.ResponseWriter, r *http.Request, visitor string, into any) (*chat, error) {
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into) != nil {
		return nil, errBadRequest
	}
	return a.store.read(visitor)
}

// gone answers for a button or a form that is not there. One that was answered
// before this answer was lost is done.
func (a *Adapter) gone(w http.ResponseWriter, r *http.Request, c *chat, to address) {
	if c.done(to) {
		tell(w, struct{}{})
		return
	}
	sentence := commands.Say("This is no longer there: please look at what has come since.")
	decline(w, http.StatusConflict, sentence.In(locale(r)).String())
}

// declineBody answers for what could not be read.
func (a *Adapter) declineBody(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, commands.ErrNotAPicture):
		fail(w, r, http.StatusUnprocessableEntity, commands.ErrNotAPicture)
	case errors.Is(err, errBadRequest):
		decline(w, http.StatusBadRequest, "This page is older than the bot: please load it anew.")
	default:
		a.fault(w, r, "reading a request", err)
	}
}
