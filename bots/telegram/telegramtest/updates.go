package telegramtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// firstUpdate is the id of the first update.
const firstUpdate = 100001

const (
	conflictPoll    = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	conflictWebhook = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)

// updates is the queue of what the bot has not confirmed; Server.mu guards it.
type updates struct {
	last    int
	pending []update
	allowed []string // kinds; nil is all that a bot gets by default
	arrived chan struct{}
	poll    chan struct{} // closed when another poll takes the place of the one that waits
}

type update struct {
	id   int
	raw  json.RawMessage
	once bool // goes out once more, whatever the offset
}

func (u *updates) init() {
	u.last = firstUpdate - 1
	u.arrived = make(chan struct{})
	u.poll = make(chan struct{})
}

// interrupt makes the poll that waits look again.
func (u *updates) interrupt() {
	close(u.arrived)
	u.arrived = make(chan struct{})
}

// Inject queues an update of the kind, such as "message", with anything as
// its content, and returns its id. It is dropped when the bot does not ask for
// updates of the kind.
func (s *Server) Inject(kind string, content any) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inject(kind, content)
}

func (s *Server) inject(kind string, content any) int {
	s.updates.last++
	raw, err := json.Marshal(map[string]any{"update_id": s.updates.last, kind: content})
	if err != nil {
		panic(err)
	}
	s.said = raw
	if s.updates.allowed == nil || slices.Contains(s.updates.allowed, kind) {
		s.updates.pending = append(s.updates.pending, update{id: s.updates.last, raw: raw})
		s.updates.interrupt()
	}
	return s.updates.last
}

// InjectRaw queues anything in place of an update with the next id, which it
// returns.
func (s *Server) InjectRaw(raw string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates.last++
	s.updates.pending = append(s.updates.pending, update{id: s.updates.last, raw: json.RawMessage(raw)})
	s.updates.interrupt()
	return s.updates.last
}

// Repeat implements botstest.Platform: the update comes once more, although it
// may have been confirmed.
func (s *Server) Repeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates.pending = append(s.updates.pending, update{raw: s.said, once: true})
	s.updates.interrupt()
}

// Pending returns how many updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.updates.pending)
}

func (s *Server) getUpdates(w http.ResponseWriter, r *http.Request, call Call) {
	offset, err1 := number(call, "offset", 0)
	limit, err2 := number(call, "limit", 100)
	timeout, err3 := number(call, "timeout", 0)
	if err1 != nil || err2 != nil || err3 != nil || offset < 0 || timeout < 0 || limit < 1 || limit > 100 {
		refuse(w, 400, "Bad Request: a number is out of range")
		return
	}
	s.mu.Lock()
	if text, given := call.Params["allowed_updates"]; given {
		var allowed []string
		if json.Unmarshal([]byte(text), &allowed) != nil {
			s.mu.Unlock()
			refuse(w, 400, "Bad Request: can't parse allowed updates list")
			return
		}
		s.updates.allowed = allowed
	}
	close(s.updates.poll)
	mine := make(chan struct{})
	s.updates.poll = mine
	s.updates.pending = slices.DeleteFunc(s.updates.pending, func(u update) bool { return !u.once && u.id < offset })
	s.change()
	s.mu.Unlock()

	enough := time.After(time.Duration(timeout) * time.Second)
	for waiting := timeout > 0; ; {
		s.mu.Lock()
		refused, webhook, arrived := s.refused, s.webhook, s.updates.arrived
		var ready []json.RawMessage
		if !refused && webhook == "" {
			ready = s.take(limit)
		}
		s.mu.Unlock()
		switch {
		case refused:
			refuse(w, 401, "Unauthorized")
			return
		case webhook != "":
			refuse(w, 409, conflictWebhook)
			return
		case len(ready) > 0 || !waiting:
			answer(w, append([]json.RawMessage{}, ready...)) // never null
			return
		}
		select {
		case <-arrived:
		case <-mine:
			refuse(w, 409, conflictPoll)
			return
		case <-enough:
			waiting = false
		case <-r.Context().Done():
			return
		case <-s.closed:
			return
		}
	}
}

// take returns what goes out now; s.mu is held.
func (s *Server) take(limit int) []json.RawMessage {
	var ready []json.RawMessage
	s.updates.pending = slices.DeleteFunc(s.updates.pending, func(u update) bool {
		if len(ready) == limit {
			return false
		}
		ready = append(ready, u.raw)
		return u.once
	})
	return ready
}

func (s *Server) getWebhookInfo(w http.ResponseWriter, _ *http.Request, _ Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, map[string]any{"url": s.webhook, "has_custom_certificate": false, "pending_update_count": len(s.updates.pending)})
}

func (s *Server) setWebhook(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = call.Params["url"]
	s.updates.interrupt()
	answer(w, true)
}

func (s *Server) deleteWebhook(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = ""
	if call.Params["drop_pending_updates"] == "true" {
		s.updates.pending = nil
	}
	answer(w, true)
}

// SetWebhook sets a webhook, as another program would.
func (s *Server) SetWebhook(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = url
	s.updates.interrupt()
}

// number returns an integer parameter.
func number(call Call, key string, missing int) (int, error) {
	text, given := call.Params[key]
	if !given {
		return missing, nil
	}
	return strconv.Atoi(text)
}
