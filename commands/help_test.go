package commands

import (
	"slices"
	"strings"
	"testing"
)

// whole is a router of all commands.
func whole(t *testing.T) *Router {
	g := newGallery(t)
	k, l := &keeper{bench: g.bench}, &ledger{bench: g.bench}
	g.cfg.Requests, g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = l, k, k, k
	return NewRouter(g.cfg)
}

func TestHelpFitsEveryMessage(t *testing.T) {
	r := whole(t)
	reply, _ := r.Handle(t.Context(), &Request{Address: Address{Platform: "telegram"}, Command: "help"})
	const smallest = 2000                                      // Discord's
	if text := reply.Text.String(); len(text) > smallest*3/4 { // other languages take more
		t.Errorf("it has %d bytes: %s", len(text), text)
	}
	for _, command := range r.Commands("telegram") {
		if !strings.Contains(reply.Text.String(), "/"+command.Name) {
			t.Errorf("it leaves out /%s", command.Name)
		}
		if reply, _ := r.Handle(t.Context(), &Request{Address: Address{Platform: "telegram"}, Command: "help", Text: command.Name}); len(reply.Text.String()) > smallest*3/4 {
			t.Errorf("of /%s it has %d bytes", command.Name, len(reply.Text.String()))
		}
	}
}

func TestHelpSaysHowToGiveThePicture(t *testing.T) {
	r := whole(t)
	for platform, want := range map[string]string{
		"telegram": "The picture: reply to one, attach one, or give the id that stands below it.",
		"discord":  "The picture: attach one, or give the id that stands below it.",
	} {
		for _, command := range []string{"edit", "upscale", "removebg", "describe", "show"} {
			reply, _ := r.Handle(t.Context(), &Request{Address: Address{Platform: platform}, Command: "help", Text: command})
			if !strings.Contains(reply.Text.String(), "\n"+want+"\n") {
				t.Errorf("of /%s on %s it says %q", command, platform, reply.Text)
			}
		}
	}
}

func TestHelpHasNoLineTwiceAndNoGaps(t *testing.T) {
	r := whole(t)
	for _, command := range r.All("telegram") {
		reply, _ := r.Handle(t.Context(), &Request{Address: Address{Platform: "telegram"}, Command: "help", Text: command.Name})
		text := reply.Text.String()
		if strings.Contains(text, "\n\n\n") || strings.TrimSpace(text) != text {
			t.Errorf("of /%s it has gaps: %q", command.Name, text)
		}
		lines := strings.Split(strings.ReplaceAll(text, "\n\n", "\n"), "\n")
		for i, line := range lines {
			if slices.Contains(lines[:i], line) {
				t.Errorf("of /%s it has %q twice", command.Name, line)
			}
		}
	}
}
