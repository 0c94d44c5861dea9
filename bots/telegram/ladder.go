package telegram

import (
	"context"
	"fmt"
	"path"
	"strings"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/imaging"
)

// A ladder is the ways to send a picture, best first: as a photo, as a file,
// as a JPEG that is smaller, and in words. Each refusal takes ways away.
type ladder struct {
	image         *commands.Image
	kept          bool // rather a file than a photo, which stands still, has no transparency, and is compressed
	photos, files standing
	most          int64           // bytes that get through, as far as is known
	rigid         bool            // nothing smaller can be made of it
	smaller       *commands.Image // what was made of it last
}

// A standing is whether pictures are taken in some form.
type standing int

const (
	taken     standing = iota
	untaken            // Telegram does not take this one so
	forbidden          // the chat takes none so
)

// A way is how a picture is sent.
type way struct {
	form form
	most int64 // bytes; a larger picture becomes a JPEG that fits
}

// newLadder returns the ladder of an image in a chat of which nothing is known.
func newLadder(ctx context.Context, image *commands.Image) *ladder {
	moves := image.Picture.Format.ContentType() == "image/gif"
	return &ladder{
		image: image, most: maxDocumentBytes,
		kept: image.Document || !image.Spoiler && (moves || imaging.Transparent(ctx, image.Picture)),
	}
}

// know notes what is known of the chat: what it forbids.
func (l *ladder) know(photos, files standing) {
	if photos == forbidden {
		l.photos = forbidden
	}
	if files == forbidden {
		l.files = forbidden
	}
}

// best is the best way that is left. A spoiler is rather a JPEG, since files
// are not hidden.
func (l *ladder) best() way {
	photo, file := way{asPhoto, min(l.most, maxPhotoBytes)}, way{asDocument, l.most}
	length := l.length()
	mayPhoto := l.photos == taken && !l.unshapely() && (length <= photo.most || !l.rigid)
	mayFile := l.files == taken && (length <= file.most || !l.rigid)
	switch {
	case mayFile && length <= file.most && l.kept:
		return file
	case mayPhoto && length <= photo.most:
		return photo
	case mayPhoto && (!mayFile || l.image.Spoiler || l.most <= maxPhotoBytes):
		return photo
	case mayFile:
		return file
	}
	return way{}
}

func (l *ladder) length() int64 { return int64(len(l.image.Picture.Bytes())) }

// elongated reports whether Telegram takes no photo of such a shape.
func (l *ladder) elongated() bool {
	width, height := l.image.Picture.Width, l.image.Picture.Height
	return max(width, height) > min(width, height)*maxPhotoRatio
}

// unshapely reports whether Telegram takes no photo of such dimensions.
func (l *ladder) unshapely() bool {
	return l.elongated() || l.image.Picture.Width+l.image.Picture.Height > maxPhotoSides
}

// refuse takes away what the refusal of a way speaks of. It reports whether
// there may be another way.
func (l *ladder) refuse(w way, refused *apiError) bool {
	photo := w.form == asPhoto
	switch {
	case refused.tooLarge() && !(photo && refused.notAsPhoto()):
		l.most = below(int64(len(l.fitting(w).Picture.Bytes())))
	case !refused.final():
		return false
	case refused.barred() && photo && refused.names("photo"):
		l.photos = forbidden
	case refused.barred() && !photo && refused.names("doc"):
		l.files = forbidden
	case refused.barred():
		l.photos, l.files = forbidden, forbidden
	case photo && refused.notAsPhoto():
		l.photos = untaken
	case !photo:
		l.files = max(l.files, untaken)
	default:
		l.photos, l.files = max(l.photos, untaken), max(l.files, untaken)
	}
	return true
}

// below is the next limit that a file of so many bytes is over, or 0.
func below(length int64) int64 {
	for _, limit := range []int64{maxDocumentBytes, maxPhotoBytes, bots.TakenByAll} {
		if length > limit {
			return limit
		}
	}
	return 0
}

// fitting is the picture for the way, or nil while there is none that fits.
func (l *ladder) fitting(w way) *commands.Image {
	for _, image := range []*commands.Image{l.image, l.smaller} {
		if image != nil && int64(len(image.Picture.Bytes())) <= w.most {
			return image
		}
	}
	return nil
}

// barred reports whether the chat takes no pictures at all.
func (l *ladder) barred() bool { return l.photos == forbidden && l.files == forbidden }

// note says in a sentence what became of the picture, where people would wonder.
func (l *ladder) note(w way) commands.Text {
	sent := l.fitting(w)
	switch {
	case w.form == inWords:
		return l.instead()
	case sent != l.image:
		return l.smallerNote(sent.Picture.Width, sent.Picture.Height)
	case w.form == asPhoto && l.kept && l.files == forbidden:
		return commands.Say("Sent as a photo: this chat takes no files from me.")
	case w.form == asPhoto && l.kept:
		return commands.Say("Sent as a photo: Telegram does not take this picture as a file.")
	case w.form == asPhoto || l.kept:
		return nil
	case l.photos == forbidden:
		return commands.Say("Sent as a file: this chat takes no photos from me.")
	case l.photos == untaken:
		return commands.Say("Sent as a file: Telegram does not take this picture as a photo.")
	case l.elongated():
		return commands.Say("Sent as a file: Telegram takes no photos with one side more than %s times the other.", maxPhotoRatio)
	case l.unshapely():
		return commands.Say("Sent as a file: Telegram takes no photos of more than %s pixels, width and height together.", maxPhotoSides)
	}
	return commands.Say("Sent as a file: Telegram takes no photos of more than %s MB.", megabytes(maxPhotoBytes))
}

// smallerNote is the note when a JPEG of such dimensions was sent instead.
func (l *ladder) smallerNote(width, height int) commands.Text {
	size, length := fmt.Sprintf("%d×%d", width, height), megabytes(l.length())
	switch {
	case l.length() > l.most:
		return commands.Say("Sent as a JPEG of %s: the original's %s MB are more than Telegram takes.", size, length)
	case l.files == forbidden:
		return commands.Say("Sent as a JPEG of %s: the original's %s MB are more than Telegram takes as a photo, and this chat takes no files from me.", size, length)
	}
	return commands.Say("Sent as a JPEG of %s: the original's %s MB are more than Telegram takes as a photo.", size, length)
}

// instead says why there is no picture.
func (l *ladder) instead() commands.Text {
	switch {
	case l.photos == forbidden || l.files == forbidden:
		return commands.Say("The picture is ready, but this chat does not let me send pictures: please ask an administrator to allow me photos or files, and then ask again.")
	case l.length() > l.most:
		return commands.Say("The picture is ready, but its %s MB are more than Telegram takes from this bot: please ask for a smaller size.", megabytes(l.length()))
	}
	return commands.Say("The picture is ready, but Telegram does not take it: please ask again, perhaps for another size.")
}

// megabytes counts as Telegram does, and rounds up.
func megabytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }

// renamed is the file's name with the extension of another format.
func renamed(name, extension string) string {
	return strings.TrimSuffix(name, path.Ext(name)) + "." + extension
}
