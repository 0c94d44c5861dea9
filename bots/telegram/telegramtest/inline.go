package telegramtest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"kellybot/bots/botstest"
)

// Offers are what people see who search through the bot while they write.
type Offers struct {
	Results []map[string]string
	Next    string // offset
	Button  string // what stands above, or ""
}

// Search has somebody type the bot's name and words in some chat.
func (s *Server) Search(from botstest.From, words, offset string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := fmt.Sprintf("search-%d", s.updates.last+1)
	s.searches[query] = true
	s.inject("inline_query", map[string]any{"id": query, "from": person(from), "query": words, "offset": offset, "chat_type": "group"})
}

// Offered returns the answers to the searches so far.
func (s *Server) Offered() []Offers {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Offers(nil), s.offers...)
}

func (s *Server) answerInlineQuery(w http.ResponseWriter, _ *http.Request, call Call) {
	var offers Offers
	var button struct {
		Text  string `json:"text"`
		Start string `json:"start_parameter"`
	}
	if json.Unmarshal([]byte(call.Params["results"]), &offers.Results) != nil ||
		call.Params["button"] != "" && (json.Unmarshal([]byte(call.Params["button"]), &button) != nil || button.Text == "" || button.Start == "") {
		refuse(w, 400, "Bad Request: can't parse inline query results")
		return
	}
	offers.Next, offers.Button = call.Params["next_offset"], button.Text
	s.mu.Lock()
	defer s.mu.Unlock()
	if problem := s.unofferable(offers, call); problem != "" {
		refuse(w, 400, "Bad Request: "+problem)
		return
	}
	delete(s.searches, call.Params["inline_query_id"])
	s.offers = append(s.offers, offers)
	s.change()
	answer(w, true)
}

// unofferable says why the results are refused, or ""; s.mu is held.
func (s *Server) unofferable(offers Offers, call Call) string {
	if !s.searches[call.Params["inline_query_id"]] {
		return "query is too old and response timeout expired or query ID is invalid"
	}
	if len(offers.Results) > 50 {
		return "RESULTS_TOO_MUCH"
	}
	ids := map[string]bool{}
	for _, r := range offers.Results {
		if _, known := s.files[r[r["type"]+"_file_id"]]; !known {
			return "wrong file identifier/HTTP URL specified"
		}
		if r["id"] == "" || len(r["id"]) > 64 || ids[r["id"]] {
			return "RESULT_ID_INVALID"
		}
		ids[r["id"]] = true
	}
	return ""
}
