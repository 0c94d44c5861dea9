//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"kellybot/bots/botstest"
	"kellybot/internal/store/storetest"
	"kellybot/kelly/kellytest"
)

var chaosKills = flag.Int("kills", 5, "how often the chaos test kills the program")

const (
	chaosRequests = 200
	chaosUsers    = 12
	chaosWorkers  = 4 // WORKERS of each process
	chaosPatience = 2 * time.Minute
)

// TestChaosOnSQLite kills the program at random moments while 12 people ask
// for 200 pictures on both platforms, and starts it again each time.
func TestChaosOnSQLite(t *testing.T) {
	database := "DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "kellybot.db")
	chaos(t, 1, database)
}

// TestChaosOnPostgreSQL has two processes share the work, of which one is
// killed again and again.
func TestChaosOnPostgreSQL(t *testing.T) {
	chaos(t, 2, "DATABASE_URL="+storetest.Postgres(t))
}

// A tally is what the chaos came to.
type tally struct {
	accepted, answered, lost          int
	drawnTwice, inFlight              int // asked of the service again; in flight there at a kill
	deliveredTwice                    int
	discordAccepted, telegramAccepted int
}

func chaos(t *testing.T, processes int, database string) {
	w := newWorld(t)
	w.kelly.Always(slow)
	folder := t.TempDir() // two processes of one machine share it
	settings := w.settings(database, "USER_QUEUE=200", "QUEUE_LIMIT=1000", fmt.Sprint("WORKERS=", chaosWorkers), "DATA_DIR="+folder)
	running := make([]*process, processes)
	for i := range running {
		running[i] = start(t, folder, settings)
		running[0].says(`msg="receiving events" platform=discord`)
		running[0].says(`msg="receiving events" platform=telegram`)
	}

	var result tally
	prompts := map[string]string{} // to "Telegram", or the interaction's id
	kills := 0
	for n := range chaosRequests {
		// Kills are spread over the requests, at random moments after each.
		if kills < *chaosKills && n >= (kills+1)*chaosRequests/(*chaosKills+2) {
			kills++
			pause(t, time.Duration(mathrand.IntN(300))*time.Millisecond)
			victim := mathrand.IntN(processes)
			result.inFlight += w.kelly.Stats().InFlight
			running[victim].signal(syscall.SIGKILL)
			running[victim].wait()
			running[victim] = start(t, folder, settings)
		}
		prompt := fmt.Sprintf("picture %03d", n)
		user := botstest.From{UserID: fmt.Sprint(5000 + n%chaosUsers), Name: "Somebody"}
		if n%2 == 0 {
			prompts[prompt] = w.discord.Use(user, "imagine", map[string]string{"prompt": prompt})
		} else {
			prompts[prompt] = "Telegram"
			w.telegram.Say(user, "/imagine "+prompt)
		}
		pause(t, time.Duration(mathrand.IntN(20))*time.Millisecond)
	}
	accepted := w.accepted(t, prompts)
	w.settle(t, accepted)
	// A machine that is too busy to accept in time says so, and promises nothing.
	refused := w.refused()
	maps.DeleteFunc(accepted, func(prompt, _ string) bool { return refused[prompt] })
	for _, p := range running {
		p.signal(syscall.SIGTERM)
		p.endsWith(0)
	}

	answers := w.answers()
	for prompt := range accepted {
		result.accepted++
		if accepted[prompt] == "Discord" {
			result.discordAccepted++
		} else {
			result.telegramAccepted++
		}
		if n := answers[prompt]; n > 0 {
			result.answered++
			result.deliveredTwice += n - 1
		} else {
			result.lost++
			t.Errorf("%s on %s: no answer", prompt, accepted[prompt])
		}
	}
	for _, n := range w.kelly.Prompts() {
		result.drawnTwice += n - 1
	}
	t.Logf("%d kills: accepted %d (Discord %d, Telegram %d; %d there refused in time), answered %d, lost %d, drawn again %d (%d were in flight at a kill), delivered twice %d",
		kills, result.accepted, result.discordAccepted, result.telegramAccepted, len(refused), result.answered, result.lost, result.drawnTwice, result.inFlight, result.deliveredTwice)
	if result.lost > 0 {
		for _, p := range running {
			t.Log(p.stderr.String())
		}
	}
	if result.telegramAccepted+len(refused) != chaosRequests/2 {
		t.Errorf("Telegram keeps what was not taken, but only %d of %d came", result.telegramAccepted+len(refused), chaosRequests/2)
	}
	// At a kill each worker has at most one picture that is not stored yet.
	if most := kills * chaosWorkers; result.drawnTwice > most {
		t.Errorf("%d were drawn again, and at most %d were not stored yet at a kill", result.drawnTwice, most)
	}
	if result.deliveredTwice > kills {
		t.Errorf("%d were delivered twice in %d kills", result.deliveredTwice, kills)
	}
}

// slow answers like a service that takes its time.
func slow(rw http.ResponseWriter, r *kellytest.Request) {
	timer := time.NewTimer(time.Duration(20+mathrand.IntN(130)) * time.Millisecond)
	defer timer.Stop()
	<-timer.C
	status, header, body := r.Answer()
	maps.Copy(rw.Header(), header)
	rw.WriteHeader(status)
	_, _ = rw.Write(body)
}

// pause lets time pass, for moments are what a chaos test is about.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// accepted is what the bot has promised: on Telegram everything, which keeps
// what was not confirmed; on Discord what was acknowledged, for everybody else
// reads that the application did not respond.
func (w *world) accepted(t *testing.T, prompts map[string]string) map[string]string {
	t.Helper()
	acknowledged := map[string]bool{}
	for _, ack := range w.discord.Acks() {
		acknowledged[ack.Interaction] = true
	}
	accepted := map[string]string{}
	for prompt, where := range prompts {
		switch {
		case where == "Telegram":
			accepted[prompt] = where
		case acknowledged[where]:
			accepted[prompt] = "Discord"
		}
	}
	return accepted
}

// refused are the prompts on Telegram whose users were told to send them again.
func (w *world) refused() map[string]bool {
	refused := map[string]bool{}
	for _, m := range w.telegram.Sent() {
		if strings.Contains(m.Text, "too busy to take the request") {
			asked, _ := w.telegram.Replying(m.Chat, m.ReplyTo)["reply_to_message"].(map[string]any)
			line, _ := asked["text"].(string)
			refused[strings.TrimPrefix(line, "/imagine ")] = true
		}
	}
	return refused
}

// answers counts the pictures that people see of each prompt.
func (w *world) answers() map[string]int {
	count := map[string]int{}
	for _, where := range []chat{w.discord, w.telegram} {
		for _, message := range where.Messages() {
			for _, file := range message.Files {
				for prompt := range w.kelly.Prompts() {
					if strings.HasPrefix(message.Text, prompt+"\n") && bytes.Equal(file.Bytes, kellytest.Picture(prompt, "PhotoPerfect", 64, 64)) {
						count[prompt]++
					}
				}
			}
		}
	}
	return count
}

// settle waits until everything accepted is answered.
func (w *world) settle(t *testing.T, accepted map[string]string) {
	t.Helper()
	deadline := time.Now().Add(chaosPatience)
	for time.Now().Before(deadline) {
		answers := w.answers()
		missing := 0
		refused := w.refused()
		for prompt := range accepted {
			if answers[prompt] == 0 && !refused[prompt] {
				missing++
			}
		}
		if missing == 0 {
			return
		}
		pause(t, 100*time.Millisecond)
	}
}
