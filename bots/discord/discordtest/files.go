package discordtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"kellybot/bots/botstest"
)

// described is an attachment as Discord tells of it, with an address that is
// signed; s.mu is held.
func (s *Server) described(channel string, f file) map[string]any {
	address := fmt.Sprintf("%s/attachments/%s/%s/%s?ex=6a0&is=6a1&hm=%s&", cmp.Or(s.URL, "https://cdn.discordapp.com"), channel, f.id, f.Name, s.signature(f.id))
	return map[string]any{
		"id": f.id, "filename": f.Name, "size": len(f.Bytes), "content_type": f.ContentType, "description": f.Alt,
		"url": address, "proxy_url": address,
	}
}

// signature makes the address of a file good until the addresses expire; s.mu is held.
func (s *Server) signature(id string) string { return fmt.Sprintf("5e4e7%s%d", id, s.expiries) }

// ExpireFiles makes the addresses of all files so far lead nowhere, as Discord
// does after a day; asked again, it tells new ones.
func (s *Server) ExpireFiles() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiries++
}

// getFile is the host that keeps attachments. It is not part of the API, and
// nobody sends it a token.
func (s *Server) getFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	found := slices.Clone(s.shared)
	for _, m := range s.messages {
		if !m.deleted {
			found = append(found, m.files...)
		}
	}
	n := slices.IndexFunc(found, func(f file) bool { return f.id == r.PathValue("id") })
	good := r.URL.Query().Get("hm") == s.signature(r.PathValue("id"))
	s.mu.Unlock()
	switch {
	case fault != nil && fault(w, r):
	case r.Header.Get("Authorization") != "":
		http.Error(w, "A token is sent to a host that needs none.", http.StatusBadRequest)
	case n < 0 || !good:
		http.Error(w, "This content is no longer available.", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", found[n].ContentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(found[n].Bytes)))
		_, _ = w.Write(found[n].Bytes) // the bot may be gone
	}
}

// share keeps files of somebody's, and returns what Discord tells of them;
// s.mu is held.
func (s *Server) share(channel string, files []botstest.File) (described []map[string]any) {
	for _, f := range files {
		kept := file{f, s.id()}
		s.shared = append(s.shared, kept)
		described = append(described, s.described(channel, kept))
	}
	return described
}
