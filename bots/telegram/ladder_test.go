package telegram_test

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // what becomes of pictures that are too large
	"strings"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

const (
	takesNone     = "The picture is ready, but Telegram does not take it"
	letsSendNone  = "The picture is ready, but this chat does not let me send pictures"
	moreThanTakes = " MB are more than Telegram takes"
)

func TestEachPictureArrivesInTheBestWayThatIsLeft(t *testing.T) {
	const mb = 1 << 20
	ordinary := encode(t, 64, 48)
	of := func(length int) []byte { return append(bytes.Clone(ordinary), make([]byte, length-len(ordinary))...) }
	unreadable := func(length int) []byte { return append(bytes.Clone(ordinary[:33]), make([]byte, length-33)...) }
	bad := func(description string) telegramtest.Fault {
		return telegramtest.Refuse(400, "Bad Request: "+description, nil)
	}
	tooLarge := telegramtest.Refuse(413, "Request Entity Too Large", nil)
	type faults []telegramtest.Fault
	for _, c := range []struct {
		name            string
		picture         []byte
		spoiler, file   bool
		photo, document faults // of the methods
		method          string // that sends in the end
		jpeg            bool   // in place of the picture
		note            string // what people read beside the caption
	}{
		{name: "an ordinary picture is a photo", picture: ordinary, method: "sendPhoto"},
		{name: "a GIF is a file, and nobody wonders", picture: encodeGIF(t), method: "sendDocument"},
		{name: "one of 11 MB is a file", picture: of(11 * mb), method: "sendDocument",
			note: "Sent as a file: Telegram takes no photos of more than 10 MB."},
		{name: "a long one is a file", picture: encode(t, 6000, 2), method: "sendDocument",
			note: "Sent as a file: Telegram takes no photos with one side more than 20 times the other."},
		{name: "a wide and high one is a file", picture: encode(t, 6000, 4001), method: "sendDocument",
			note: "Sent as a file: Telegram takes no photos of more than 10,000 pixels, width and height together."},
		{name: "one of 51 MB is a JPEG file", picture: of(51 * mb), method: "sendDocument", jpeg: true,
			note: "Sent as a JPEG of 64×48: the original's 51" + moreThanTakes + "."},
		{name: "one of 51 MB that nobody can make smaller ends in words", picture: unreadable(51 * mb), method: "sendMessage",
			note: "The picture is ready, but its 51" + moreThanTakes + " from this bot: please ask for a smaller size."},

		{name: "one whose dimensions are refused is a file", picture: ordinary, photo: faults{bad("PHOTO_INVALID_DIMENSIONS")},
			method: "sendDocument", note: "Sent as a file: Telegram does not take this picture as a photo."},
		{name: "one that Telegram cannot process is a file", picture: ordinary, photo: faults{bad("IMAGE_PROCESS_FAILED")},
			method: "sendDocument", note: "Sent as a file: Telegram does not take this picture as a photo."},
		{name: "one that is too big for a photo all the same is a file", picture: ordinary,
			photo:  faults{bad("file of size 11079028 bytes is too big for a photo; the maximum size is 10485760 bytes")},
			method: "sendDocument", note: "Sent as a file: Telegram does not take this picture as a photo."},
		{name: "one that Telegram refuses in every form ends in words", picture: ordinary, photo: faults{bad("IMAGE_PROCESS_FAILED")},
			document: faults{bad("MEDIA_INVALID")}, method: "sendMessage", note: takesNone + ": please ask again, perhaps for another size."},

		{name: "in a chat without photos it is a file", picture: ordinary, photo: faults{bad("not enough rights to send photos to the chat")},
			method: "sendDocument", note: "Sent as a file: this chat takes no photos from me."},
		{name: "in a chat without files a large one is a JPEG photo", picture: of(11 * mb), document: faults{bad("not enough rights to send documents to the chat")},
			method: "sendPhoto", jpeg: true, note: "Sent as a JPEG of 64×48: the original's 11" + moreThanTakes + " as a photo, and this chat takes no files from me."},
		{name: "in a chat without files a large one that nobody can make smaller ends in words", picture: unreadable(11 * mb),
			document: faults{bad("CHAT_SEND_DOCS_FORBIDDEN")}, method: "sendMessage", note: letsSendNone},
		{name: "in a chat without files a long one ends in words", picture: encode(t, 6000, 2), document: faults{bad("CHAT_SEND_DOCS_FORBIDDEN")},
			method: "sendMessage", note: letsSendNone},
		{name: "in a chat without files a GIF stands still", picture: encodeGIF(t), document: faults{bad("CHAT_SEND_DOCS_FORBIDDEN")},
			method: "sendPhoto", note: "Sent as a photo: this chat takes no files from me."},
		{name: "in a chat without either it ends in words", picture: ordinary, photo: faults{bad("not enough rights to send photos to the chat")},
			document: faults{bad("not enough rights to send documents to the chat")}, method: "sendMessage", note: letsSendNone},
		{name: "in a chat without media it ends in words", picture: ordinary, photo: faults{bad("CHAT_SEND_MEDIA_FORBIDDEN")},
			method: "sendMessage", note: letsSendNone},

		{name: "what an own server finds too large is a JPEG photo", picture: of(2 * mb), photo: faults{tooLarge}, method: "sendPhoto", jpeg: true,
			note: "Sent as a JPEG of 64×48: the original's 2" + moreThanTakes + "."},
		{name: "what a proxy finds too large is a JPEG photo", picture: of(11 * mb), document: faults{telegramtest.Page(413)}, method: "sendPhoto", jpeg: true,
			note: "Sent as a JPEG of 64×48: the original's 11" + moreThanTakes + "."},
		{name: "what a proxy finds too large twice ends in words", picture: of(2 * mb), photo: faults{telegramtest.Page(413), telegramtest.Page(413)},
			method: "sendMessage", note: "The picture is ready, but its 2" + moreThanTakes + " from this bot: please ask for a smaller size."},
		{name: "a small one that a proxy finds too large ends in words", picture: ordinary, photo: faults{telegramtest.Page(413)},
			method: "sendMessage", note: "The picture is ready, but its 1" + moreThanTakes + " from this bot: please ask for a smaller size."},

		{name: "one that one sees through is a file", picture: seeThrough(t), method: "sendDocument"},
		{name: "in a chat without files it is a photo", picture: seeThrough(t), document: faults{bad("CHAT_SEND_DOCS_FORBIDDEN")}, method: "sendPhoto",
			note: "Sent as a photo: this chat takes no files from me."},
		{name: "one that is refused as a file is a photo", picture: seeThrough(t), document: faults{bad("MEDIA_INVALID")}, method: "sendPhoto",
			note: "Sent as a photo: Telegram does not take this picture as a file."},
		{name: "a spoiler that one sees through is hidden all the same", picture: seeThrough(t), spoiler: true, method: "sendPhoto"},
		{name: "one that is wanted as a file is a file", picture: ordinary, file: true, method: "sendDocument"},
		{name: "a spoiler that is wanted as a file is a file", picture: ordinary, file: true, spoiler: true, method: "sendDocument"},
		{name: "one that is wanted as a file and is too large for that is a JPEG", picture: of(51 * mb), file: true, method: "sendDocument", jpeg: true,
			note: "Sent as a JPEG of 64×48: the original's 51" + moreThanTakes + "."},
		{name: "a spoiler is hidden", picture: ordinary, spoiler: true, method: "sendPhoto"},
		{name: "a large spoiler is a JPEG that is hidden", picture: of(11 * mb), spoiler: true, method: "sendPhoto", jpeg: true,
			note: "Sent as a JPEG of 64×48: the original's 11" + moreThanTakes + " as a photo."},
		{name: "a large spoiler that nobody can make smaller is a file", picture: unreadable(11 * mb), spoiler: true, method: "sendDocument",
			note: "Sent as a file: Telegram takes no photos of more than 10 MB."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			to, message := s.command(t, groupID, nil)
			s.Break("sendPhoto", c.photo...)
			s.Break("sendDocument", c.document...)
			reply := picture(t, c.picture, "a fox")
			reply.Images[0].Spoiler, reply.Images[0].Document = c.spoiler, c.file
			reply.Buttons = []commands.Button{cancelButton}
			receipt, err := s.adapter.Deliver(t.Context(), to, reply)
			if err != nil {
				t.Fatal(err)
			}
			sent := s.Sent()
			if len(sent) != 1 || sent[0].Method != c.method || sent[0].ReplyTo != message || len(sent[0].Buttons) != 1 || receipt.MessageID != "2" {
				t.Fatalf("sent %+v, want one message by %s", sent, c.method)
			}
			got := sent[0]
			caption, note, _ := strings.Cut(got.Text, "\n")
			if got.File == nil {
				caption, note = note, caption
			}
			if caption != "a fox" || !strings.HasPrefix(note, c.note) || c.note == "" && note != "" {
				t.Errorf("people read %q", got.Text)
			}
			if len(receipt.Images) != 1 || receipt.Images[0].MessageID != "2" || receipt.Link != "https://t.me/c/1000000001/2" {
				t.Fatalf("the receipt is %+v", receipt)
			}
			file := receipt.Images[0].File
			if got.File == nil {
				if file.Data != nil {
					t.Errorf("the receipt names the file %s", file.Data)
				}
				return
			}
			if fetched := s.fetch(t, file); !bytes.Equal(fetched, got.File.Bytes) && len(got.File.Bytes) <= 20<<20 {
				t.Errorf("the receipt names a file of %d bytes", len(fetched))
			}
			_, format, err := image.Decode(bytes.NewReader(got.File.Bytes))
			if isJPEG := err == nil && format == "jpeg"; isJPEG != c.jpeg || !c.jpeg && !bytes.Equal(got.File.Bytes, c.picture) {
				t.Errorf("the file is %d bytes of %s, %v", len(got.File.Bytes), format, err)
			}
			if name := got.File.Name; c.jpeg && (name != "fox.jpg" || got.File.ContentType != "image/jpeg") {
				t.Errorf("the JPEG is called %q, %s", name, got.File.ContentType)
			}
			if got.File.Spoiler != (c.spoiler && c.method == "sendPhoto") {
				t.Errorf("hidden: %v", got.File.Spoiler)
			}
		})
	}
}

func TestAChatThatTakesNeitherPicturesNorWordsIsUndeliverable(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	for _, method := range []string{"sendPhoto", "sendDocument", "sendMessage"} {
		s.Break(method, telegramtest.Refuse(400, "Bad Request: not enough rights to send photos to the chat", nil))
	}
	_, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox"))
	if !errors.Is(err, commands.ErrUndeliverable) || len(s.Sent()) != 0 {
		t.Errorf("Deliver ended with %v, and people see %+v", err, s.Sent())
	}
}
