//go:build unix

package main

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/kelly/kellytest"
)

// An echo is a wrong answer of a peer that repeats what was sent to it: the
// key or the token, in its header or its address.
type echo func(w http.ResponseWriter, sent string)

// answering answers with a status and a body, in which %s is what was sent.
func answering(status int, contentType, body string) echo {
	return func(w http.ResponseWriter, sent string) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "%s", sent))
	}
}

// garbling sends raw bytes and closes the connection.
func garbling(raw string) echo {
	return func(w http.ResponseWriter, sent string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err) // the servers speak HTTP/1.1
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.ReplaceAll(raw, "%s", sent))
	}
}

// refusing is each platform's own form of a refusal, in one.
const refusing = `{"ok":false,"error_code":%d,"message":"%s","description":"%s","detail":"%s","code":50035}`

func refusal(status int) echo {
	return answering(status, "application/json", strings.ReplaceAll(refusing, "%d", strconv.Itoa(status)))
}

// nowhere is where nobody listens.
const nowhere = "127.0.0.1:1"

var echoes = map[string]struct {
	http    echo
	gateway func(*websocket.Conn) // in place of Hello
}{
	"refused":         {refusal(400), closing(4000, "Authentication failed: "+discordtest.Token)},
	"forbidden":       {refusal(403), closing(1011, discordtest.Token)},
	"not found":       {refusal(404), framing(discordtest.Token)},
	"away":            {refusal(500), framing(`{"op":10,"d":{"heartbeat_interval":"` + discordtest.Token + `"}}`)},
	"a proxy's page":  {answering(502, "text/html", "<html><title>Bad Gateway</title><p>%s</p></html>"), framing(`{"op":"` + discordtest.Token + `"}`)},
	"a portal's page": {answering(200, "text/html", "<html><p>Log in to go on to %s</p></html>"), framing(`{"op":9,"d":true}`)},
	"plain words":     {answering(503, "text/plain", "no such thing: %s"), framing(`{"op":7,"d":"` + discordtest.Token + `"}`)},
	"half a JSON":     {answering(200, "application/json", `{"ok":true,"result":{"description":"%s`), hello(`"resume_gateway_url":"ws://` + discordtest.Token + `@` + nowhere + `/","session_id":"s"`)},
	"odd JSON":        {answering(200, "application/json", `["%s"]`), hello(`"resume_gateway_url":"ws://` + nowhere + `/` + discordtest.Token + `","session_id":"` + discordtest.Token + `"`)},
	"no status":       {garbling("HTTP/1.1 %s\r\n\r\n"), cutting},
	"no header":       {garbling("HTTP/1.1 200 OK\r\n%s\r\n\r\n"), cutting},
	"no length":       {garbling("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"), cutting},
	"no encoding":     {garbling("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"), cutting},
	"no chunks":       {garbling("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s"), cutting},
	"no HTTP":         {garbling("%s"), cutting},
	"cut":             {func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }, cutting},
	"a flood":         {func(w http.ResponseWriter, sent string) { w.Header().Set("Retry-After", sent); refusal(429)(w, sent) }, cutting},
	"a redirect":      {redirecting("http://" + nowhere + "/%s"), cutting},
	"a login":         {redirecting("http://%s@" + nowhere + "/"), cutting},
	"another header": {func(w http.ResponseWriter, sent string) {
		w.Header().Set("Set-Cookie", sent)
		answering(500, sent, "%s")(w, sent)
	}, cutting},
}

func redirecting(to string) echo {
	return func(w http.ResponseWriter, sent string) {
		w.Header().Set("Location", strings.ReplaceAll(strings.ReplaceAll(to, "%s", sent), " ", "%20"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

func closing(code int, reason string) func(*websocket.Conn) {
	return func(conn *websocket.Conn) {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
		_ = conn.Close()
	}
}

func framing(frame string) func(*websocket.Conn) {
	return func(conn *websocket.Conn) { _ = conn.WriteMessage(websocket.TextMessage, []byte(frame)) }
}

// hello says that all is well, and that the session is to be resumed elsewhere.
func hello(ready string) func(*websocket.Conn) {
	return func(conn *websocket.Conn) {
		framing(`{"op":10,"d":{"heartbeat_interval":41250}}`)(conn)
		framing(`{"op":0,"s":1,"t":"READY","d":{` + ready + `}}`)(conn)
		_ = conn.Close()
	}
}

func cutting(conn *websocket.Conn) { _ = conn.Close() }

// disturb has the peers answer the first calls of each kind, so many, with the
// echo, and returns how many have met it.
func (w *world) disturb(calls int, answer echo, gateway func(*websocket.Conn)) (met func() map[string]int) {
	var mu sync.Mutex
	seen := map[string]int{}
	first := func(kind string) bool {
		mu.Lock()
		defer mu.Unlock()
		if seen[kind] == calls {
			return false
		}
		seen[kind]++
		return true
	}
	sent := func(r *http.Request) string { return r.Header.Get("Authorization") + " " + r.RequestURI }
	w.discord.SetFault(func(rw http.ResponseWriter, r *http.Request) bool {
		// By the first word of the path and the last: the ids between differ.
		words := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v9/"), "/")
		// Who it is must be answered, and its commands taken, for it to go on.
		if last := words[len(words)-1]; words[0] == "oauth2" || last == "commands" {
			return false
		}
		if !first("discord " + r.Method + " " + words[0] + " " + words[len(words)-1]) {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		answer(rw, sent(r))
		return true
	})
	w.discord.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
		if step != discordtest.Connected || !first("discord gateway") {
			return false
		}
		gateway(conn)
		return true
	})
	for _, method := range []string{
		"getMe", "getWebhookInfo", "deleteWebhook", "getUpdates", "getMyCommands", "setMyCommands",
		"sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "sendChatAction", "editMessageText", "editMessageCaption", "editMessageReplyMarkup", "deleteMessage",
		"getFile", "files/photo-0", "files/photo-1", "files/photo-2", "getChat", "getChatMember", "answerInlineQuery", "answerCallbackQuery",
	} {
		kind, _, _ := strings.Cut("telegram "+method, "/")
		w.telegram.Break(method, slices.Repeat([]telegramtest.Fault{func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			if !first(kind) {
				next.ServeHTTP(rw, r)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			answer(rw, r.RequestURI)
		}}, calls)...)
	}
	w.kelly.Always(func(rw http.ResponseWriter, r *kellytest.Request) {
		if first("kelly " + r.Path) {
			answer(rw, r.Header.Get("Authorization"))
			return
		}
		status, header, body := r.Answer()
		maps.Copy(rw.Header(), header)
		rw.WriteHeader(status)
		_, _ = rw.Write(body)
	})
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(seen)
	}
}
