package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"kellybot/bots"
	"kellybot/internal/jobs"
	"kellybot/internal/web"
)

// alive says whether the process is: a loop that hangs is no life.
func alive(adapters bots.Set) map[string]web.Part {
	parts := map[string]web.Part{}
	for _, name := range adapters.Hung() {
		parts[name] = web.Part{State: "its event loop hangs"}
	}
	return parts
}

// readiness says whether requests are answered, by what is known of everything
// that it takes: it asks nobody.
func readiness(adapters bots.Set, requests *jobs.Jobs) map[string]web.Part {
	parts := map[string]web.Part{"database": {State: "takes no writes"}}
	if requests.Writable() {
		parts["database"] = web.Part{Well: true, State: "takes writes"}
	}
	parts["pictures"] = web.Part{State: "cannot be stored"}
	if requests.Storable() {
		parts["pictures"] = web.Part{Well: true, State: "can be stored"}
	}
	for _, adapter := range adapters {
		receiver, ok := adapter.(bots.Receiver)
		if !ok {
			continue
		}
		part := web.Part{State: "does not receive events"}
		switch {
		case receiver.Receiving():
			part = web.Part{Well: true, State: "receives events"}
		case requests.Waits(adapter.Name()):
			part = web.Part{Well: true, State: "another process receives its events"}
		}
		parts[adapter.Name()] = part
	}
	service := requests.ServiceState()
	parts["kelly"] = web.Part{Well: service != jobs.ServiceFails && service != jobs.ServiceRefusing, State: string(service)}
	return parts
}

// healthTime bounds what health asks: Docker's own patience is 30 s.
const healthTime = 10 * time.Second

// health asks the process that serves with the same settings whether it is
// alive, and tells how it stands. It is for where there is no shell to ask
// with, such as in a container.
func (p *Program) health(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if cfg.HTTPAddr == "" {
		return settingsError{fmt.Errorf("HTTP_ADDR is off, so nobody can be asked: set it to an address, such as 127.0.0.1:8080")}
	}
	if _, port, _ := net.SplitHostPort(cfg.HTTPAddr); port == "0" {
		return settingsError{fmt.Errorf("HTTP_ADDR has port 0, which is another one at each start, so nobody can be found there: set it to a port, such as 127.0.0.1:8080")}
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	if lives, said, err := ask(ctx, cfg.HTTPAddr, "/healthz"); err != nil || !lives {
		if err != nil {
			return fmt.Errorf("nobody answers as kellybot at HTTP_ADDR, %s: %w", cfg.HTTPAddr, err)
		}
		return fmt.Errorf("it hangs: %s", said)
	}
	ready, said, err := ask(ctx, cfg.HTTPAddr, "/readyz")
	switch {
	case err != nil:
		return fmt.Errorf("it lives, but does not say whether it is ready: %w", err)
	case !ready:
		return p.print("It lives, but is not ready: " + said + ".\n")
	}
	return p.print("It is ready: " + said + ".\n")
}

// ask asks one of the pages that web.Health answers, and returns whether all
// is well, and the parts in one line: of those that are not, if any.
func ask(ctx context.Context, address, page string) (well bool, said string, err error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+callable(address)+page, nil)
	if err != nil {
		return false, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return false, "", errors.New("no answer in time")
		}
		return false, "", errors.New(cmp.Or(unreachable(err), "no answer that can be read"))
	}
	defer resp.Body.Close()
	var answer struct {
		Well  *bool
		Parts map[string]web.Part
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer)
	_, stored := answer.Parts["database"]
	if err != nil || answer.Well == nil || answer.Parts == nil || page == "/readyz" && !stored {
		return false, "", fmt.Errorf("%s answers %s, which is not kellybot's", page, resp.Status)
	}
	var states []string
	for _, name := range slices.Sorted(maps.Keys(answer.Parts)) {
		if part := answer.Parts[name]; part.Well == *answer.Well {
			states = append(states, name+" "+part.State)
		}
	}
	return *answer.Well, strings.Join(states, ", "), nil
}

// callable is where to call what listens at the address.
func callable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		if host = "127.0.0.1"; ip.Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
