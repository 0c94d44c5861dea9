package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"kellybot/bots"
	"kellybot/bots/playground"
	"kellybot/internal/config"
)

// newPlayground returns the page to try the bot on. The error is about the
// settings: nobody but this machine gets it without a password.
func newPlayground(cfg config.Config, sandbox bool, router bots.Router, log *slog.Logger) (*playground.Adapter, error) {
	if err := playgroundFault(cfg); err != nil {
		return nil, err
	}
	page, err := playground.New(playground.Config{
		Dir: filepath.Join(cfg.DataDir, "playground"), Password: cfg.PlaygroundPassword, Sandbox: sandbox, Router: router, Log: log,
	})
	if err != nil {
		return nil, settingsError{fmt.Errorf("DATA_DIR, %s, cannot be used: %w; name a folder that kellybot may write to", cfg.DataDir, err)}
	}
	return page, nil
}

// playgroundFault is what keeps the playground from being served, if it is to be.
func playgroundFault(cfg config.Config) error {
	switch {
	case !cfg.ServesPlayground():
		return nil
	case strings.HasPrefix(cfg.DatabaseURL, "postgres"):
		// Any process on the database may deliver an answer, and one alone has the chats.
		return settingsError{errors.New("the playground's chats are files of one process, and a PostgreSQL database is for several: set PLAYGROUND=off and a chat platform's token, or leave DATABASE_URL empty")}
	case cfg.HTTPAddr == "":
		return settingsError{errors.New("PLAYGROUND is on, but HTTP_ADDR is off: set it to where the page is to be, such as 127.0.0.1:8080, or set PLAYGROUND=off")}
	case cfg.PlaygroundPassword == "" && !loopback(cfg.HTTPAddr):
		return settingsError{errors.New("HTTP_ADDR lets others than this machine in: set PLAYGROUND_PASSWORD to what they sign in to the playground with, or HTTP_ADDR=127.0.0.1:8080, or PLAYGROUND=off")}
	}
	return nil
}

// loopback reports whether only this machine gets to the address.
func loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address) // config has checked it
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
