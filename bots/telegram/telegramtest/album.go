package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// An item is one of an album: https://core.telegram.org/bots/api#inputmediaphoto.
type item struct {
	Type    string `json:"type"`
	Media   string `json:"media"`
	Caption string `json:"caption"`
	Mode    string `json:"parse_mode"`
	Spoiler bool   `json:"has_spoiler"`
}

func (s *Server) sendMediaGroup(w http.ResponseWriter, _ *http.Request, call Call) {
	all, err := album(call)
	if err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	for _, m := range all {
		if err := chat.place(call, m); err != nil {
			refuse(w, 400, "Bad Request: "+err.Error())
			return
		}
	}
	var objects []any
	for _, m := range all {
		m.ID = chat.newMessage()
		m.Album = fmt.Sprintf("album-%d", all[0].ID)
		s.sent = append(s.sent, m)
		objects = append(objects, s.object(m, chat))
	}
	s.change()
	answer(w, objects)
}

// album returns the messages that the call makes.
func album(call Call) (all []*message, err error) {
	var items []item
	switch {
	case json.Unmarshal([]byte(call.Params["media"]), &items) != nil:
		return nil, errors.New("can't parse media JSON object")
	case len(items) < 2 || len(items) > 10:
		return nil, errors.New("there must be 2 to 10 items in an album")
	case call.Params["reply_markup"] != "":
		return nil, errors.New("an album has no reply markup")
	}
	for n, i := range items {
		if i.Type != items[0].Type && (i.Type == "document" || items[0].Type == "document") {
			return nil, fmt.Errorf("failed to send message #%d with the error message \"document can't be mixed with other media types\"", n+1)
		}
		m, err := i.message(call)
		if err != nil {
			return nil, fmt.Errorf("failed to send message #%d with the error message \"%w\"", n+1, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// message is the item by itself.
func (i item) message(call Call) (*message, error) {
	methods := map[string]string{"photo": "sendPhoto", "document": "sendDocument"}
	m := &message{Sent: Sent{Method: methods[i.Type], Previews: true}}
	name, ok := strings.CutPrefix(i.Media, "attach://")
	if m.Method == "" || !ok {
		return nil, errors.New("can't parse InputMedia")
	}
	file, err := upload(call, name)
	if err == nil && i.Type == "photo" {
		err = checkPhoto(file.Bytes)
	}
	if err != nil {
		return nil, err
	}
	file.Spoiler = i.Spoiler
	m.File = &file
	m.Text, m.Entities, err = formatted(Call{Params: map[string]string{"caption": i.Caption, "parse_mode": i.Mode}}, "caption")
	return m, err
}
