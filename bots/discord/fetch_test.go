package discord

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

var fox = botstest.File{Name: "fox.png", ContentType: "image/png", Bytes: []byte("\x89PNG\r\n\x1a\n a fox")}

// attached returns what the adapter makes of a picture that Anna attaches.
func (b *bench) attached(t *testing.T) commands.Attachment {
	t.Helper()
	b.Use(anna, "upscale", nil, fox)
	b.inbox.event(b.Event())
	b.inbox.running.Wait()
	got := b.router.last(t).Attachments
	if len(got) != 1 {
		t.Fatalf("the request has %d attachments", len(got))
	}
	return got[0]
}

// fetch returns what another process reads.
func (b *bench) fetch(t *testing.T, a commands.Attachment) ([]byte, error) {
	t.Helper()
	body, size, err := b.process(t).Fetch(t.Context(), a)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	read, err := io.ReadAll(body)
	if err == nil && int64(len(read)) != size {
		t.Errorf("%d bytes are announced and %d come", size, len(read))
	}
	return read, err
}

func TestAnAttachmentOfAUserIsFetched(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		if got, err := b.fetch(t, b.attached(t)); err != nil || !bytes.Equal(got, fox.Bytes) {
			t.Errorf("fetched %q, %v", got, err)
		}
	})
}

func TestAPictureOfTheBotIsFetchedHoweverOldItIs(t *testing.T) {
	for name, c := range map[string]struct {
		from botstest.From
		wait time.Duration
	}{
		"in a channel":               {from: anna},
		"in a private chat":          {from: botstest.From{UserID: "7", Name: "Cem", Private: true}},
		"posted after the last hour": {from: anna, wait: later},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.Say(c.from, "/imagine a red fox")
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				time.Sleep(c.wait)
				reply := drawn(t, 0)
				reply.Images = append(reply.Images, drawn(t, 3000).Images...)
				receipt, err := b.adapter.Deliver(t.Context(), b.router.last(t).Address, reply)
				if err != nil || len(receipt.Images) != 2 {
					t.Fatalf("the receipt is %+v, %v", receipt, err)
				}
				b.ExpireFiles()
				for n, image := range receipt.Images {
					got, err := b.fetch(t, image.File)
					if err != nil || !bytes.Equal(got, reply.Images[n].Picture.Bytes()) || image.MessageID != receipt.MessageID {
						t.Errorf("of picture %d, fetched %d bytes, %v", n, len(got), err)
					}
				}
			})
		})
	}
}

func TestWhatDiscordDoesNotGiveOutIsSaid(t *testing.T) {
	ours := func(t *testing.T, b *bench) commands.Attachment {
		receipt, err := b.adapter.Deliver(t.Context(), b.accepted(t), drawn(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		return receipt.Images[0].File
	}
	theirs := func(t *testing.T, b *bench) commands.Attachment { return b.attached(t) }
	answers := func(fault http.HandlerFunc) func(*bench) {
		return func(b *bench) { b.faults(-1, http.MethodGet, "/fox.png", fault) }
	}
	for name, c := range map[string]struct {
		of    func(*testing.T, *bench) commands.Attachment
		makes func(*bench)
		want  error
	}{
		"an address that has died":                {theirs, func(b *bench) { b.ExpireFiles() }, commands.ErrUnfetched},
		"a message that is deleted":               {ours, func(b *bench) { b.Delete() }, commands.ErrUnfetched},
		"a server that the bot is no member of":   {ours, func(b *bench) { b.SetPermissions(0) }, commands.ErrUnfetched},
		"a channel whose history it may not read": {ours, func(b *bench) { b.SetPermissions(1<<10 | 1<<11 | 1<<15) }, commands.ErrUnfetched},
		"a refused token":                         {ours, func(b *bench) { b.RefuseToken() }, commands.ErrUnfetched},
		"a host that stays away":                  {theirs, answers(page(503)), commands.ErrUnfetched},
		"a host that hangs":                       {theirs, answers(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), commands.ErrUnfetched},
		"connections that break":                  {theirs, func(b *bench) { b.cut = func(*http.Request) bool { return true } }, commands.ErrUnfetched},
		"a redirect": {theirs, answers(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		}), commands.ErrUnfetched},
		"an answer of unknown length": {theirs, answers(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "x") }), commands.ErrUnfetched},
		"a file above 20 MiB": {theirs, answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(20<<20+1))
		}), commands.ErrNotAPicture},
		"an answer that breaks off": {theirs, answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Header().Set("X-Cut", "1")
		}), commands.ErrUnfetched},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				a := c.of(t, b)
				c.makes(b)
				_, err := b.fetch(t, a)
				if !errors.Is(err, c.want) {
					t.Errorf("the error is %v, want %v", err, c.want)
				}
				if text := err.Error(); strings.Contains(text, "hm=") || strings.Contains(text, "http") || strings.Contains(text, "fox") {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

func TestAFaultThatPassesIsWaitedOutWhenAPictureIsFetched(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		a := b.attached(t)
		b.faults(2, http.MethodGet, "/fox.png", page(502))
		if got, err := b.fetch(t, a); err != nil || !bytes.Equal(got, fox.Bytes) {
			t.Errorf("fetched %q, %v", got, err)
		}
		// A slow reader is no hanging host.
		body, _, err := b.adapter.Fetch(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		time.Sleep(fetchTimeout - time.Second)
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, fox.Bytes) {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

func TestOnlyDiscordsHostsAreAskedForPictures(t *testing.T) {
	for _, address := range []string{
		"https://example.com/attachments/1/2/fox.png",
		"http://cdn.discordapp.com/attachments/1/2/fox.png",
		"https://cdn.discordapp.com:8443/attachments/1/2/fox.png",
		"https://cdn.discordapp.com.example.com/fox.png",
		"https://cdn.discordapp.com@example.com/fox.png",
		"https://discord.com/api/v9/users/@me",
		"file:///etc/passwd",
		"//cdn.discordapp.com/fox.png",
		":",
	} {
		onBench(t, func(t *testing.T, b *bench) {
			b.cut = func(r *http.Request) bool { t.Errorf("%s is asked for", r.URL); return true }
			if _, err := b.fetch(t, picture{URL: address}.attachment()); !errors.Is(err, commands.ErrUnfetched) || strings.Contains(err.Error(), "fox") {
				t.Errorf("%s: %v", address, err)
			}
		})
	}
}

func TestTheHostInDiscordsPlaceKeepsFilesToo(t *testing.T) {
	const instead = "http://127.0.0.1:4711"
	adapter, err := New(Config{APIURL: instead + "/", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		instead + "/attachments/1/2/fox.png":               true,
		"https://cdn.discordapp.com/attachments/1/fox.png": true,
		"https://media.discordapp.net/attachments/fox.png": true,
		"http://127.0.0.1:1/attachments/1/2/fox.png":       false,
	} {
		target, err := url.Parse(address)
		if err != nil || adapter.keepsFiles(target) != want {
			t.Errorf("%s: %v, want %v", address, !want, want)
		}
	}
}

func TestAFetchEndsWithItsContext(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		a := b.attached(t)
		b.faults(-1, http.MethodGet, "/fox.png", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := b.adapter.Fetch(ctx, a); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, commands.ErrUnfetched) {
			t.Errorf("the error is %v", err)
		}
	})
}
