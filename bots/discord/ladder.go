package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

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
		if len(fitting.Images) == 0 || !tooLarge(err) {
			return l.instead(fitting, receipt, err, send)
		}
		l.step(fitting.Images)
	}
	return send(l.words())
}

// encodings is how often a picture that Discord finds too large is sent smaller.
const encodings = 3

func tooLarge(err error) bool {
	refusal, ok := errors.AsType[*apiError](err)
	return ok && (refusal.Status == http.StatusRequestEntityTooLarge || refusal.Code == codeTooLarge)
}

// step lowers the limit after a refusal of those pictures.
func (l *ladder) step(refused []commands.Image) {
	l.known = false
	if l.limit = maxUpload; size(refused) <= maxUpload {
		l.limit = size(refused) / 2
	}
}

// fitting returns the reply within the limit, or what is said in its place.
// The error is ctx's.
func (l *ladder) fitting(ctx context.Context) (commands.Reply, error) {
	reply, limit := l.reply, cmp.Or(l.limit, maxUpload)
	reply.Images = slices.Clone(reply.Images)
	as := ""
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
		switch {
		case as != "":
			as = "JPEGs"
		case smaller.Picture.Width != image.Picture.Width:
			as = fmt.Sprintf("a JPEG of %d×%d", smaller.Picture.Width, smaller.Picture.Height)
		case smaller.Picture.Format == image.Picture.Format:
			as = "a JPEG of less quality"
		default:
			as = "a JPEG"
		}
	}
	if as != "" {
		said := fmt.Sprintf("\nSent as %s: the original's %.1f MiB are more than Discord takes here.", as, mib(size(l.reply.Images)))
		reply.Text = append(slices.Clone(reply.Text), commands.Span{Text: said})
	}
	return reply, nil
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
	takes := "more than Discord takes here"
	if l.known {
		takes = fmt.Sprintf("and Discord takes at most %.1f MiB here", mib(cmp.Or(l.limit, maxUpload)))
	}
	return commands.Reply{
		Text: commands.T(fmt.Sprintf("The picture has %.1f MiB, %s: ask for a smaller one, for example with --size 512x512.",
			mib(size(l.reply.Images)), takes)),
		Private: true,
		Failed:  true,
	}
}

// instead says what is wrong when Discord has refused the reply for another
// reason than its size. Those who read it are those who would have seen the
// reply: one of them may be able to change it.
func (l *ladder) instead(refused commands.Reply, receipt commands.Receipt, err error, send func(commands.Reply) (commands.Receipt, error)) (commands.Receipt, error) {
	pictures := len(refused.Images) > 0
	said := commands.Reply{Private: refused.Private, Failed: true}
	switch {
	case !final(err), hasCode(err, codesDead...), hasCode(err, codesClosed...), !pictures && hasCode(err, codesForbidden...):
		return receipt, err
	case pictures && hasCode(err, codesForbidden...):
		said.Text = commands.T("The picture is ready, but I may not attach files here: " +
			"ask again in another channel, or once I have the permission to attach files.")
	case pictures:
		said.Text = commands.T("The picture is ready, but Discord refuses to show it here: ask for another one, or in another channel.")
	default:
		said.Text = commands.Explain(err)
	}
	l.log.Warn("Discord refuses an answer; words take its place", "interaction", l.interaction, "cause", err)
	return send(said)
}

// size is the size of the largest of the pictures, in bytes.
func size(images []commands.Image) int64 {
	largest := 0
	for _, image := range images {
		largest = max(largest, len(image.Picture.Bytes()))
	}
	return int64(largest)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
