package discord

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

func TestNoErrorHoldsAToken(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		b.lose = func(*http.Request) bool { return true }
		_, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
		if err == nil || strings.Contains(err.Error(), "aW50ZXJhY3Rpb24") || strings.Contains(err.Error(), "http") {
			t.Errorf("the error is %v", err)
		}
		if _, err = b.adapter.Check(t.Context()); err == nil || strings.Contains(err.Error(), discordtest.Token) {
			t.Errorf("the error is %v", err)
		}
		address.Data = json.RawMessage(`{"token":1,"secret":"x"}`)
		if _, err = b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestNoErrorHoldsATokenThatTheOtherSideRepeats(t *testing.T) {
	for name, say := range map[string]func(r *http.Request) string{
		"the path as a status":      func(r *http.Request) string { return "HTTP/1.1 " + r.URL.Path + " x\r\n\r\n" },
		"the path in place of HTTP": func(r *http.Request) string { return r.URL.Path + "\r\n\r\n" },
		"the path as a field":       func(r *http.Request) string { return "HTTP/1.1 200 OK\r\n" + r.URL.Path + "\r\n\r\n" },
		"the path as a length":      func(r *http.Request) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + r.URL.Path + "\r\n\r\n" },
		"the path as an encoding": func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + r.URL.Path + "\r\n\r\n"
		},
		"the bot's token as a status":  func(r *http.Request) string { return "HTTP/1.1 " + r.Header.Get("Authorization") + "\r\n\r\n" },
		"the path as a place to go to": func(r *http.Request) string { return "HTTP/1.1 302 Found\r\nLocation: :" + r.URL.Path + "\r\n\r\n" },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.adapter.client.Transport = &elsewhere{scheme: "http", host: "discord.test", next: &http.Transport{
					DisableKeepAlives: true,
					DialContext: func(context.Context, string, string) (net.Conn, error) {
						ours, theirs := net.Pipe()
						go func() {
							defer theirs.Close()
							if r, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
								_, _ = io.Copy(io.Discard, r.Body)
								_, _ = io.WriteString(theirs, say(r))
							}
						}()
						return ours, nil
					},
				}}
				_, delivered := b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("No.")})
				_, checked := b.adapter.Check(t.Context())
				for _, err := range []error{delivered, checked} {
					if text := fmt.Sprint(err); strings.Contains(text, "aW50ZXJhY3Rpb24") || strings.Contains(text, discordtest.Token) {
						t.Errorf("the error is %v", err)
					}
				}
			})
		})
	}
}
