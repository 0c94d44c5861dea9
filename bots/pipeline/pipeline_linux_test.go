package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"gopkg.in/telebot.v3"

	"kellybot/bots"
	"kellybot/bots/discord"
	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// pipelineSizes are those of the pictures that are measured, in bytes.
var pipelineSizes = []struct {
	name  string
	bytes int
}{{"1.5MB", 1_500_000}, {"6MB", 6_000_000}}

// A contender brings one picture from Kelly to a platform.
type contender struct {
	name  string
	batch int // pictures a turn
	bring func(ctx context.Context) error
}

// contenders are the bot on both platforms, what everybody writes with each of
// the libraries, and the floor: to receive the answer and forget it, and to
// write the picture from memory with one writev.
func contenders(tb testing.TB, base string, size int) []contender {
	tb.Helper()
	bot, err := newPipeline(base)
	if err != nil {
		tb.Fatal(err)
	}
	naive := naive{base, &http.Transport{DisableCompression: true}}
	viaDiscordgo, viaTelebot := naive.discordgo(tb), naive.telebot(tb)
	// The naive ways take longer than the others together.
	return []contender{
		{"discord", 8, bot.discord},
		{"telegram", 8, bot.telegram},
		{"discordgo", 2, viaDiscordgo},
		{"telebot", 2, viaTelebot},
		{"floor", 8, newFloor(tb, naive, size)},
	}
}

// A pipeline is the bot without its queue: from Kelly into memory, and from
// there to a platform.
type pipeline struct {
	kelly     *kelly.Client
	platforms bots.Set
}

func newPipeline(base string) (*pipeline, error) {
	client, err := kelly.New("key", kelly.WithBaseURL(base))
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	onDiscord, err := discord.New(discord.Config{Token: discordtest.Token, APIURL: base, Log: log})
	if err != nil {
		return nil, err
	}
	onTelegram, err := telegram.New(telegram.Config{Token: telegramtest.Token, APIURL: base, Log: log})
	return &pipeline{client, bots.Set{onDiscord, onTelegram}}, err
}

func (p *pipeline) discord(ctx context.Context) error {
	return p.bring(ctx, discord.Name, map[string]any{"app": discordtest.AppID, "interaction": "1", "token": "t", "user": "2", "received": time.Now()})
}

func (p *pipeline) telegram(ctx context.Context) error {
	return p.bring(ctx, "telegram", map[string]any{"chat": telegramtest.GroupID, "message": 1})
}

func (p *pipeline) bring(ctx context.Context, platform string, address map[string]any) error {
	data, err := json.Marshal(address)
	if err != nil {
		return err
	}
	job := commands.Job{Generate: kelly.GenerateRequest{Prompt: "a red fox", Model: kelly.DefaultModel}}
	picture, err := p.kelly.Generate(ctx, job.Generate)
	if err != nil {
		return err
	}
	reply := commands.Answer(job, []commands.Made{{Picture: picture}}, time.Second)
	defer reply.Release()
	receipt, err := p.platforms.Deliver(ctx, commands.Address{Platform: platform, Data: data}, reply)
	if err == nil && len(receipt.Images) != 1 {
		err = errors.New("the platform did not get the picture")
	}
	return err
}

// naive is what everybody writes: decode the answer into a string, that into
// bytes, and give those to the library.
type naive struct {
	base      string
	transport *http.Transport
}

func (n naive) ask(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", n.base+"image/generate", strings.NewReader(`{"prompt":"a red fox","responseType":"base64data"}`))
	if err != nil {
		return nil, err
	}
	return n.transport.RoundTrip(req)
}

func (n naive) receive(ctx context.Context) ([]byte, error) {
	resp, err := n.ask(ctx)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct{ Image string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(answer.Image)
}

// RoundTrip takes what discordgo sends to Discord to the peers.
func (n naive) RoundTrip(req *http.Request) (*http.Response, error) {
	base, err := url.Parse(n.base)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.Host = base.Scheme, base.Host, ""
	return n.transport.RoundTrip(req)
}

func (n naive) discordgo(tb testing.TB) func(context.Context) error {
	tb.Helper()
	session, err := discordgo.New("Bot " + discordtest.Token)
	if err != nil {
		tb.Fatal(err)
	}
	session.Client = &http.Client{Transport: n}
	return func(ctx context.Context) error {
		picture, err := n.receive(ctx)
		if err != nil {
			return err
		}
		_, err = session.InteractionResponseEdit(&discordgo.Interaction{AppID: discordtest.AppID, Token: "t"}, &discordgo.WebhookEdit{
			Content: new("a red fox"),
			Files:   []*discordgo.File{{Name: "fox.png", ContentType: "image/png", Reader: bytes.NewReader(picture)}},
		})
		return err
	}
}

func (n naive) telebot(tb testing.TB) func(context.Context) error {
	tb.Helper()
	bot, err := telebot.NewBot(telebot.Settings{URL: strings.TrimSuffix(n.base, "/"), Token: telegramtest.Token, Offline: true})
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context) error {
		picture, err := n.receive(ctx)
		if err != nil {
			return err
		}
		_, err = bot.Send(telebot.ChatID(telegramtest.GroupID), &telebot.Photo{File: telebot.FromReader(bytes.NewReader(picture)), Caption: "a red fox"})
		return err
	}
}

// newFloor returns the floor, with a connection of its own to the platform.
func newFloor(tb testing.TB, n naive, size int) func(context.Context) error {
	tb.Helper()
	conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(n.base, "http:"), "/"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	picture, buffer := kellytest.BigPicture(size), make([]byte, 64<<10)
	const boundary = "4f7c2b0a9d"
	part := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"fox.png\"\r\nContent-Type: image/png\r\n\r\n"
	end := []byte("\r\n--" + boundary + "--\r\n")
	head := []byte("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=" + boundary +
		"\r\nContent-Length: " + strconv.Itoa(len(part)+len(picture)+len(end)) + "\r\n\r\n" + part)
	answers := bufio.NewReader(conn)
	return func(ctx context.Context) error {
		resp, err := n.ask(ctx)
		if err != nil {
			return err
		}
		for err == nil {
			_, err = resp.Body.Read(buffer)
		}
		resp.Body.Close()
		if !errors.Is(err, io.EOF) {
			return err
		}
		form := net.Buffers{head, picture, end}
		if _, err := form.WriteTo(conn); err != nil {
			return err
		}
		if resp, err = http.ReadResponse(answers, nil); err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = errors.New(resp.Status)
		}
		return err
	}
}

// turn brings a batch of pictures and returns what each cost of processor
// time, and how long each took.
func (c contender) turn(tb testing.TB) (used time.Duration, took []time.Duration) {
	tb.Helper()
	runtime.GC() // nobody pays for another's garbage
	before := ownProcessorTime(tb)
	for range c.batch {
		began := time.Now()
		if err := c.bring(tb.Context()); err != nil {
			tb.Fatalf("%s: %v", c.name, err)
		}
		took = append(took, time.Since(began))
	}
	return (ownProcessorTime(tb) - before) / time.Duration(c.batch), took
}

// ownProcessorTime is what this process has used, user and system.
func ownProcessorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPipeline measures each contender by itself.
func BenchmarkPipeline(b *testing.B) {
	for _, size := range pipelineSizes {
		base := startPeers(b, size.bytes)
		for _, c := range contenders(b, base, size.bytes) {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				c.turn(b) // connects, touches the memory
				b.ReportAllocs()
				before := ownProcessorTime(b)
				for b.Loop() {
					if err := c.bring(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((ownProcessorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// BenchmarkPipelineInTurn takes the contenders in turn, so that whatever else
// the machine does falls on all of them, and reports the medians of the rounds.
func BenchmarkPipelineInTurn(b *testing.B) {
	for _, size := range pipelineSizes {
		b.Run(size.name, func(b *testing.B) {
			all := contenders(b, startPeers(b, size.bytes), size.bytes)
			for _, c := range all {
				c.turn(b) // connects, touches the memory
			}
			used, ratios := map[string][]float64{}, map[string][]float64{}
			took := map[string][]time.Duration{}
			for b.Loop() {
				round := map[string]float64{}
				for _, c := range all {
					cpu, each := c.turn(b)
					round[c.name] = float64(cpu.Microseconds())
					used[c.name] = append(used[c.name], round[c.name])
					took[c.name] = append(took[c.name], each...)
				}
				for bot, library := range map[string]string{"discord": "discordgo", "telegram": "telebot"} {
					ratios[bot+"-of-floor"] = append(ratios[bot+"-of-floor"], round[bot]/round["floor"])
					ratios[bot+"-of-"+library] = append(ratios[bot+"-of-"+library], round[bot]/round[library])
				}
			}
			for _, c := range all {
				b.ReportMetric(quantile(used[c.name], 0.5), c.name+"-cpu-µs")
				for _, q := range []float64{0.5, 0.99} {
					b.ReportMetric(milliseconds(quantile(took[c.name], q)), fmt.Sprintf("%s-p%.0f-ms", c.name, 100*q))
				}
			}
			for name, rounds := range ratios {
				b.ReportMetric(quantile(rounds, 0.5), name)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// quantile returns the value below which the share q of the values lies.
func quantile[T float64 | time.Duration](values []T, q float64) T {
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
