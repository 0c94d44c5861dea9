package discordtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"kellybot/bots/botstest"
)

// A refusal is an error as Discord says it.
type refusal struct {
	status  int
	code    int
	message string
}

// malformed is the refusal of a payload; what is wrong stands in its message
// here, where Discord nests it.
func malformed(what string) *refusal {
	return &refusal{http.StatusBadRequest, 50035, "Invalid Form Body: " + what}
}

// A body is what a request carries.
type body struct {
	payload json.RawMessage
	files   map[string]botstest.File // by the name of their part
}

// A handler answers a request with a status and a value, nil for none.
type handler func(*http.Request, body) (int, any, *refusal)

// routes are the parts of the API that are there, in the versions that
// Discord serves.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	rest := func(pattern string, asBot bool, h handler) {
		method, path, _ := strings.Cut(pattern, " ")
		for _, version := range []string{"9", "10"} {
			prefix := "/api/v" + version
			mux.HandleFunc(method+" "+prefix+path, s.rest(prefix, asBot, h))
		}
	}
	rest("GET /gateway", false, s.getGateway)
	rest("GET /users/@me", true, func(*http.Request, body) (int, any, *refusal) { return http.StatusOK, bot(), nil })
	rest("GET /oauth2/applications/@me", true, s.getApplication)
	rest("GET /applications/{app}/commands", true, s.getCommands)
	rest("PUT /applications/{app}/commands", true, s.putCommands)
	rest("GET /applications/{app}/guilds/{guild}/commands", true, s.getCommands)
	rest("PUT /applications/{app}/guilds/{guild}/commands", true, s.putCommands)
	rest("POST /interactions/{id}/{token}/callback", false, s.postCallback)
	rest("POST /webhooks/{app}/{token}", false, s.postFollowup)
	rest("GET /webhooks/{app}/{token}/messages/@original", false, s.getOriginal)
	rest("PATCH /webhooks/{app}/{token}/messages/@original", false, s.patchOriginal)
	rest("DELETE /webhooks/{app}/{token}/messages/@original", false, s.deleteOriginal)
	rest("POST /users/@me/channels", true, s.postPrivate)
	rest("POST /channels/{channel}/messages", true, s.postMessage)
	rest("GET /channels/{channel}/messages/{message}", true, s.getMessage)
	rest("PATCH /channels/{channel}/messages/{message}", true, s.patchMessage)
	rest("DELETE /channels/{channel}/messages/{message}", true, s.deleteMessage)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusNotFound, map[string]any{"message": "404: Not Found", "code": 0})
	})
	return mux
}

// rest does for a handler what is the same for all.
func (s *Server) rest(prefix string, asBot bool, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fault := s.fault
		right := s.right(r.Header.Get("Authorization")) && strings.HasPrefix(r.Header.Get("Authorization"), "Bot ")
		s.mu.Unlock()
		if fault != nil && fault(w, r) {
			return
		}
		b, err := read(r)
		status, answer, refused := 0, any(nil), (*refusal)(nil)
		switch {
		case !strings.HasPrefix(r.UserAgent(), "DiscordBot ("):
			refused = &refusal{http.StatusForbidden, 40333, "internal network error"} // what Cloudflare makes of it
		case asBot && !right:
			refused = &refusal{http.StatusUnauthorized, 0, "401: Unauthorized"}
		case err != nil:
			refused = &refusal{http.StatusBadRequest, 50109, "The request body contains invalid JSON."}
		default:
			status, answer, refused = h(r, b)
		}
		if refused != nil {
			status, answer = refused.status, map[string]any{"message": refused.message, "code": refused.code}
		}
		s.mu.Lock()
		s.calls = append(s.calls, Call{r.Method, strings.TrimPrefix(r.URL.Path, prefix), b.payload, len(b.files), status})
		s.mu.Unlock()
		write(w, status, answer)
	}
}

func write(w http.ResponseWriter, status int, answer any) {
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the bot may be gone
}

// maxBody is the most that the server reads of a request, in bytes: above
// every upload limit.
const maxBody = 600 << 20

// read reads a JSON or a multipart body, if there is one.
func read(r *http.Request) (body, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || len(raw) == 0 {
		return body{}, err
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return body{}, err
	}
	if kind == "application/json" {
		if !json.Valid(raw) {
			return body{}, errors.New("invalid JSON")
		}
		return body{payload: raw}, nil
	}
	if kind != "multipart/form-data" {
		return body{}, errors.New("unknown content type")
	}
	b := body{files: make(map[string]botstest.File)}
	for parts := multipart.NewReader(bytes.NewReader(raw), parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return body{}, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return body{}, err
		}
		switch name := part.FormName(); {
		case name == "payload_json" && json.Valid(data):
			b.payload = data
		case strings.HasPrefix(name, "files[") && part.FileName() != "":
			b.files[name] = botstest.File{Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), Bytes: data}
		default:
			return body{}, errors.New("unknown part")
		}
	}
}

func (s *Server) getGateway(*http.Request, body) (int, any, *refusal) {
	return http.StatusOK, map[string]any{"url": "ws" + strings.TrimPrefix(s.URL, "http") + "/gateway"}, nil
}

func (s *Server) getApplication(*http.Request, body) (int, any, *refusal) {
	return http.StatusOK, map[string]any{
		"id": AppID, "name": "kellybot", "description": "", "bot_public": true, "bot_require_code_grant": false,
		"bot": bot(), "verify_key": strings.Repeat("0", 64), "flags": 0,
	}, nil
}
