package discord

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/imaging"
)

// A ladder is one delivery, from the reply as it is down to words in its place.
type ladder struct {
	*Adapter
	interaction string
	reply       commands.Reply
	limit       int64 // bytes of an attachment
	// known says that Discord has told the limit; not, that it is a guess
	// after a refusal.
	known bool
	cut   bool // the limit was lowered since uploads were cut
	// smaller are the pictures that were made to fit; none is made twice,
	// however often it is sent.
	smaller map[fit]commands.Image
}

// A fit is one of the reply's pictures within a limit.
type fit struct {
	picture int
	limit   int64
}

// newLadder begins a delivery. limit is what the interaction tells, or 0,
// which stands for Discord's default.
func (a *Adapter) newLadder(interaction string, reply commands.Reply, limit int64) *ladder {
	return &ladder{Adapter: a, interaction: interaction, reply: reply, limit: max(limit, 0), known: true, smaller: map[fit]commands.Image{}}
}

// send sends the best that Discord takes: the reply as it is; with JPEGs in
// place of pictures that are larger than the limit, or than Discord takes
// whatever it has told; or words about what is wrong.
func (l *ladder) send(ctx context.Context, send func(commands.Reply) (commands.Receipt, error)) (commands.Receipt, error) {
	for range encodings {
		fitting, err := l.fitting(ctx)
		if err != nil {
			return commands.Receipt{}, err
		}
		receipt, err := send(fitting)
		if errors.Is(err, bots.ErrCut) && l.lighten(ctx, fitting) {
			continue
		}
		if len(fitting.Images)+len(fitting.Files) == 0 || !tooLarge(err) {
			return l.instead(fitting, receipt, err, send)
		}
		l.step(fitting)
	}
	return send(l.words())
}

// encodings is how often a picture that Discord finds too large is sent smaller.
const encodings = 3

func tooLarge(err error) bool {
	refusal, ok := errors.AsType[*apiError](err)
	return ok && (refusal.Status == http.StatusRequestEntityTooLarge || refusal.Code == codeTooLarge || refusal.Code == codeFileTooLarge)
}

// step lowers the limit after a refusal.
func (l *ladder) step(refused commands.Reply) {
	l.known = false
	if l.limit = maxUpload; size(refused) <= maxUpload {
		l.limit = size(refused) / 2
	}
}

// lighten lowers the limit after the uploads of a reply were cut, once, for it
// may be the line as well. It reports whether the pictures can be made to fit.
func (l *ladder) lighten(ctx context.Context, uploaded commands.Reply) bool {
	if l.cut || len(uploaded.Images) == 0 || len(uploaded.Files) > 0 {
		return false
	}
	l.cut, l.known = true, false
	l.limit = bots.TakenByAll / int64(len(uploaded.Images))
	lighter, err := l.fitting(ctx)
	return err == nil && len(lighter.Images) > 0
}

// fitting returns the reply within the limit, or what is said in its place.
// The error is ctx's.
func (l *ladder) fitting(ctx context.Context) (commands.Reply, error) {
	reply, limit := l.reply, cmp.Or(l.limit, maxUpload)
	reply.Images = slices.Clone(reply.Images)
	var as commands.Text
	for n, image := range reply.Images {
		if int64(len(image.Picture.Bytes())) <= limit {
			continue
		}
		smaller, err := l.make(ctx, fit{n, limit})
		switch {
		case ctx.Err() != nil:
			return reply, ctx.Err()
		case err != nil:
			l.log.Info("a picture is too large for Discord and cannot be made smaller", "interaction", l.interaction, "cause", err)
			return l.words(), nil
		}
		reply.Images[n] = smaller
		if as == nil {
			as = encoded(image, smaller)
		} else {
			as = commands.Say("JPEGs")
		}
	}
	if as != nil {
		said := commands.Say("Sent as %s: the original's %s MiB are more than Discord takes here.", as, mib(size(l.reply)))
		reply.Text = slices.Concat(reply.Text, commands.T("\n"), said)
	}
	reply.Files = slices.DeleteFunc(slices.Clone(reply.Files), func(file commands.File) bool {
		over := int64(len(file.Bytes)) > limit
		if over {
			said := commands.Say("Without %s, whose %s MiB are more than Discord takes here.", file.Name, mib(int64(len(file.Bytes))))
			reply.Text = slices.Concat(reply.Text, commands.T("\n"), said)
		}
		return over
	})
	return reply, nil
}

// encoded says as what a picture is sent that was too large.
func encoded(image, smaller commands.Image) commands.Text {
	switch {
	case smaller.Picture.Width != image.Picture.Width || smaller.Picture.Height != image.Picture.Height:
		return commands.Say("a JPEG of %s×%s", smaller.Picture.Width, smaller.Picture.Height)
	case smaller.Picture.Format == image.Picture.Format:
		return commands.Say("a JPEG of less quality")
	}
	return commands.Say("a JPEG")
}

// make encodes one of the reply's pictures anew.
func (l *ladder) make(ctx context.Context, f fit) (commands.Image, error) {
	if image, ok := l.smaller[f]; ok {
		return image, nil
	}
	image := l.reply.Images[f.picture]
	smaller, err := imaging.Fit(ctx, image.Picture, f.limit)
	if err != nil {
		return image, err
	}
	image.Picture = smaller
	image.Name = strings.TrimSuffix(image.Name, path.Ext(image.Name)) + "." + string(smaller.Format)
	l.smaller[f] = image
	return image, nil
}

// words is what is said in place of pictures that Discord does not take for
// their size.
func (l *ladder) words() commands.Reply {
	smaller := commands.Span{Text: "--size 512x512", Style: commands.Code}
	text := commands.Say("The picture has %s MiB, more than Discord takes here: ask for a smaller one, for example with %s.", mib(size(l.reply)), smaller)
	if l.known {
		text = commands.Say("The picture has %s MiB, and Discord takes at most %s MiB here: ask for a smaller one, for example with %s.",
			mib(size(l.reply)), mib(cmp.Or(l.limit, maxUpload)), smaller)
	}
	return commands.Reply{Text: text, Private: true, Failed: true, Locale: l.reply.Locale}
}

// instead says what is wrong when Discord has refused the reply for another
// reason than its size. Those who read it are those who would have seen the
// reply: one of them may be able to change it.
func (l *ladder) instead(refused commands.Reply, receipt commands.Receipt, err error, send func(commands.Reply) (commands.Receipt, error)) (commands.Receipt, error) {
	pictures := len(refused.Images) > 0
	said := commands.Reply{Private: refused.Private, Failed: true, Locale: refused.Locale}
	switch {
	case !final(err), hasCode(err, codesDead...), hasCode(err, codesClosed...), !pictures && hasCode(err, codesForbidden...):
		return receipt, err
	case pictures && hasCode(err, codesForbidden...):
		said.Text = commands.Say("The picture is ready, but I may not attach files here: ask again in another channel, or once I have the permission to attach files.")
	case pictures:
		said.Text = commands.Say("The picture is ready, but Discord refuses to show it here: ask for another one, or in another channel.")
	default:
		said.Text = commands.Explain(err)
	}
	l.log.Warn("Discord refuses an answer; words take its place", "interaction", l.interaction, "cause", err)
	return send(said)
}

// total is the size of all the reply's pictures and files, in bytes.
func total(reply commands.Reply) int64 {
	sum := 0
	for _, f := range files(reply) {
		sum += len(f.body)
	}
	return int64(sum)
}

// size is the size of the reply's largest picture or file, in bytes.
func size(reply commands.Reply) int64 {
	largest := 0
	for _, image := range reply.Images {
		largest = max(largest, len(image.Picture.Bytes()))
	}
	for _, file := range reply.Files {
		largest = max(largest, len(file.Bytes))
	}
	return int64(largest)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
