package web

import (
	"encoding/json"
	"net/http"
)

// A Part is one thing that must be well for the whole to be.
type Part struct {
	Well bool `json:"well"`
	// State says in words how it stands. A stranger may read it.
	State string `json:"state"`
}

// Health answers how the parts stand, by name, as JSON: with 200 when all are
// well, and else with 503. It asks anew for each request, so parts must cost
// nothing.
func Health(parts func() map[string]Part) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		said := struct {
			Well  bool            `json:"well"`
			Parts map[string]Part `json:"parts"`
		}{true, parts()}
		for _, part := range said.Parts {
			said.Well = said.Well && part.Well
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !said.Well {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(said) // whoever has gone needs no answer
	})
}
