package discord

import (
	"net/http"
	"strings"
)

// words are what stands in the addresses of calls beside ids and tokens.
var words = map[string]bool{
	"applications": true, "callback": true, "channels": true, "commands": true, "gateway": true, "guilds": true,
	"interactions": true, "messages": true, "oauth2": true, "users": true, "webhooks": true, "@me": true, "@original": true,
}

// Operation names a call by its method and path, such as "POST
// /channels/{}/messages": what is none of Discord's words is an id or a token,
// and left out. A file is "file".
func Operation(req *http.Request) string {
	_, path, api := strings.Cut(req.URL.Path, "/api/")
	if !api {
		return "file"
	}
	_, path, _ = strings.Cut(path, "/") // after the version
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > longestPath {
		return "other"
	}
	for i, part := range parts {
		if !words[part] {
			parts[i] = "{}"
		}
	}
	return req.Method + " /" + strings.Join(parts, "/")
}

// longestPath is of how many parts the longest address is that calls have.
const longestPath = 6
