//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
)

func TestMetricsTellOfEveryRequestAndOfNobody(t *testing.T) {
	w := newWorld(t)
	p := w.serve("HTTP_ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0")
	addresses := p.addresses()
	misled, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addresses[1]+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	misled.Host = "evil.example" // as a browser says that was led here by another's name
	resp, err := http.DefaultClient.Do(misled)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusForbidden {
		t.Errorf("by another's name it answers %s", resp.Status)
	}
	if status, _ := get(t, addresses[0]+"/metrics"); status != http.StatusNotFound {
		t.Errorf("with METRICS_ADDR set, HTTP_ADDR answers with %d", status)
	}
	at := addresses[1] + "/metrics"
	const each = 5
	w.telegram.Break("sendPhoto", telegramtest.Flood(1))
	for n := range each {
		w.discord.Say(anna, fmt.Sprintf("/imagine a quokka in snow %d", n))
		w.telegram.Say(anna, fmt.Sprintf("/imagine a quokka in snow %d", n))
		checkMetrics(t, at) // while it works
	}
	w.discord.Say(anna, "/help")
	w.telegram.Say(botstest.From{UserID: "1002", Name: "Bea", Private: true}, "/zebra")
	w.telegram.Say(anna, "/imagine a quokka --size 1x1")

	want := []string{
		`kellybot_requests_total{command="help",outcome="answered",platform="discord"} 1`,
		`kellybot_requests_total{command="imagine",outcome="done",platform="discord"} 5`,
		`kellybot_requests_total{command="imagine",outcome="done",platform="telegram"} 5`,
		`kellybot_requests_total{command="imagine",outcome="refused",platform="telegram"} 1`,
		`kellybot_requests_total{command="unknown",outcome="refused",platform="telegram"} 1`,
		`kellybot_request_delivered_seconds_count{platform="discord"} 5`,
		`kellybot_request_generated_seconds_count{platform="telegram"} 5`,
		`kellybot_calls_total{operation="generate",peer="kelly",result="ok"} 10`,
		`kellybot_calls_total{operation="sendPhoto",peer="telegram",result="ok"} 5`,
		`kellybot_calls_total{operation="sendPhoto",peer="telegram",result="rate_limited"} 1`,
		`kellybot_calls_total{operation="POST /interactions/{}/{}/callback",peer="discord",result="ok"} 6`,
		`kellybot_rate_limit_pause_seconds_total{peer="telegram"} 1`,
		`kellybot_queue_requests{state="waiting"} 0`,
		`kellybot_queue_oldest_waiting_seconds 0`,
		`kellybot_running_requests{step="generate"} 0`,
		`kellybot_platform_receiving{platform="discord"} 1`,
		`kellybot_platform_receiving{platform="telegram"} 1`,
		`kellybot_database_writable 1`,
		`kellybot_kelly_breaker_open 0`,
	}
	var missing []string
	said := getUntil(t, at, "all to be counted", func(_ int, body string) bool {
		missing = slices.DeleteFunc(slices.Clone(want), func(line string) bool { return strings.Contains(body, "\n"+line+"\n") })
		return len(missing) == 0
	})
	for _, name := range []string{
		// A busy machine shows statuses, too.
		`kellybot_calls_total{operation="PATCH /webhooks/{}/{}/messages/@original",peer="discord",result="ok"}`, "kellybot_build_info{", "kellybot_sent_bytes_total{", "kellybot_received_bytes_total{", "go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(said, "\n"+name) {
			t.Errorf("%s is missing", name)
		}
	}
	for _, secret := range []string{kellyKey, discordtest.Token, telegramtest.Token, "quokka", "zebra", "Zebrafinch", anna.UserID} {
		if strings.Contains(strings.ToLower(said), strings.ToLower(secret)) {
			t.Errorf("it holds %q", secret)
		}
	}
	if bytes := regexp.MustCompile(`kellybot_received_bytes_total\{peer="kelly"\} (\S+)`).FindStringSubmatch(said); bytes == nil || len(bytes[1]) < 4 {
		t.Errorf("%d pictures and more came in %v bytes", 2*each, bytes)
	}
	checkMetrics(t, at)
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	for said, n := range map[string]int{
		"outcome=done rounds=1 command=imagine model=PhotoPerfect size=64x64 waited=": 2 * each,
		"command=help outcome=answered":                                               1,
		"command=unknown outcome=refused":                                             1,
		"command=imagine outcome=refused":                                             1,
	} {
		if got := strings.Count(p.stderr.String(), said); got != n {
			t.Errorf("the log says %d times %q, want %d", got, said, n)
		}
	}
}

// checkMetrics has promtool look at what is said at the address.
func checkMetrics(t *testing.T, at string) {
	t.Helper()
	status, said := get(t, at)
	if status != http.StatusOK {
		t.Fatalf("%d, %s", status, said)
	}
	t.Run("promtool", func(t *testing.T) { promtool(t, said, "check", "metrics") })
}

// promtool runs Prometheus' own checker.
func promtool(t *testing.T, in string, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed: on Debian it is in the package prometheus")
	}
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

func TestPromtoolTakesTheAlertRules(t *testing.T) {
	promtool(t, "", "check", "rules", filepath.Join("docs", "alerts.yml"))
}

// metricName finds names of metrics of ours, without what a histogram adds.
var metricName = regexp.MustCompile(`kellybot_[a-z_]*[a-z]`)

func TestTheDocumentNamesEveryMetricAndTheRulesNoOther(t *testing.T) {
	w := newWorld(t)
	p := w.serve("HTTP_ADDR=127.0.0.1:0")
	w.discord.Say(anna, "/imagine a quokka in snow")
	w.telegram.Break("sendPhoto", telegramtest.Flood(1))
	w.telegram.Say(anna, "/imagine a quokka in snow")
	read(t, w.telegram, 1)
	read(t, w.discord, 1)
	said := getUntil(t, p.addresses()[0]+"/metrics", "both to be counted", func(_ int, body string) bool {
		return strings.Count(body, `outcome="done"`) == 2
	})
	var there []string
	for _, match := range regexp.MustCompile(`(?m)^# TYPE (kellybot_\S+)`).FindAllStringSubmatch(said, -1) {
		there = append(there, match[1])
	}
	document, err := os.ReadFile(filepath.Join("docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(filepath.Join("docs", "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, match := range regexp.MustCompile("(?m)^\\| `(kellybot_[a-z_]+)").FindAllSubmatch(document, -1) {
		rows = append(rows, string(match[1]))
	}
	slices.Sort(rows)
	if !slices.Equal(rows, there) {
		t.Errorf("the document has rows of\n%q, there are\n%q", rows, there)
	}
	for _, name := range metricName.FindAllString(string(rules), -1) {
		if !slices.Contains(there, name) {
			t.Errorf("a rule asks for %s, which is none", name)
		}
	}
	if !bytes.Contains(rules, []byte("KellybotHearsNobody")) || bytes.Count(rules, []byte("- alert:")) != bytes.Count(document, []byte("| `Kellybot")) {
		t.Error("the document does not explain each of the rules")
	}
}
