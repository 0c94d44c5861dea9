package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// events is a stream of what changes in the visitor's chat, from the revision
// on that Last-Event-ID names: https://html.spec.whatwg.org/multipage/server-sent-events.html.
//
// Nothing is buffered for somebody who reads slowly: they get what has changed
// since, at once, when they have read what came before.
func (a *Adapter) events(w http.ResponseWriter, r *http.Request, visitor string) {
	leave, ok := a.streams.take(visitor)
	if !ok {
		decline(w, http.StatusTooManyRequests, "This page is open too often: please close it in other tabs.")
		return
	}
	defer leave()
	rev, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64) // or else from the beginning
	changed := make(chan struct{}, 1)
	defer a.store.watch(visitor, changed)()
	running := a.receiver()
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if a.door != nil && a.visitor(r) != visitor {
			return // who has signed out meanwhile learns nothing more
		}
		c, err := a.store.read(visitor)
		if err != nil {
			a.log.Error("a chat could not be read", "cause", err)
			return
		}
		d := c.since(rev)
		left, been := a.busy.state(visitor, time.Now())
		d.Busy, d.Since = left.Milliseconds(), been.Milliseconds()
		data, err := json.Marshal(d)
		if err != nil {
			a.log.Error("a chat could not be told", "cause", err)
			return
		}
		if stream.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "retry: 1000\nid: %d\ndata: %s\n\n", d.Rev, data); err != nil || stream.Flush() != nil {
			return
		}
		rev = d.Rev
		if running == nil {
			return // the page asks again
		}
	wait:
		for {
			select {
			case <-r.Context().Done():
				return
			case <-running.ended:
				return
			case <-changed:
				break wait
			case <-tick.C:
				if a.door != nil && a.visitor(r) != visitor || stream.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
					return
				}
				if _, err := fmt.Fprint(w, ":\n\n"); err != nil || stream.Flush() != nil {
					return
				}
			}
		}
	}
}
