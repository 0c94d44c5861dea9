package botstest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"kellybot/bots"
	"kellybot/commands"
)

func testSeveral(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	reply := pictureReply("a red fox", picture(t, 64, 64))
	for n, id := range []string{shortID, shortID + "2", shortID + "3"} {
		reply.Buttons = append(reply.Buttons, commands.Button{Label: "🔍 Upscale", Number: n + 1, Command: "upscale", ID: id, Break: n == 0})
		if n > 0 {
			reply.Images = append(reply.Images, commands.Image{Name: "a-red-fox.png", Picture: picture(t, 64, 64+n)})
		}
	}
	receipt := deliver(t, adapter, router.next(t), reply.In("en"))
	var files []File
	pressed, labels, texts := 0, []string(nil), 0
	for n, m := range p.Messages() {
		files = append(files, m.Files...)
		if len(m.Buttons) > 0 {
			pressed, labels = n, append(labels, m.Buttons...)
		}
		if strings.HasPrefix(m.Text, "a red fox\nPhotoPerfect") {
			texts++
		}
	}
	if len(files) != len(reply.Images) || len(receipt.Images) != len(reply.Images) || texts != 1 || receipt.MessageID == "" {
		t.Fatalf("people see %d files, and read the text %d times; the receipt is %+v", len(files), texts, receipt)
	}
	for n, image := range reply.Images {
		if !slices.Equal(files[n].Bytes, image.Picture.Bytes()) {
			t.Errorf("picture %d is another one", n+1)
		}
		if got := fetch(t, adapter, receipt.Images[n].File); receipt.Images[n].MessageID == "" || !bytes.Equal(got, image.Picture.Bytes()) {
			t.Errorf("the receipt names another one as picture %d", n+1)
		}
	}
	if want := []string{"🔍 Upscale 1", "🔍 Upscale 2", "🔍 Upscale 3"}; !slices.Equal(labels, want) {
		t.Fatalf("the buttons are %q, want %q", labels, want)
	}
	p.Press(anna, p.Messages()[pressed], "🔍 Upscale 2")
	if req := router.next(t); req.Text != shortID+"2" || req.Message != receipt.MessageID {
		t.Errorf("the press is %+v, below message %s", req, receipt.MessageID)
	}
}

func testFile(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	want := commands.File{Name: "my-data.json", ContentType: "application/json", Bytes: []byte(`{"pictures":[]}`)}
	router.reply("help", commands.Reply{Text: commands.T("Your data."), Files: []commands.File{want}})
	p.Say(anna, "/help")
	got := await(t, p, 1)[0]
	if len(got.Files) != 1 || got.Text != "Your data." {
		t.Fatalf("people see %+v", got)
	}
	if f := got.Files[0]; f.Name != want.Name || f.ContentType != want.ContentType || !bytes.Equal(f.Bytes, want.Bytes) {
		t.Errorf("the file is %q, %s: %s", f.Name, f.ContentType, f.Bytes)
	}
}

func testDocument(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	reply := pictureReply("a red fox", picture(t, 64, 64))
	reply.Images[0].Document = true
	receipt := deliver(t, adapter, router.next(t), reply)
	got := await(t, p, 1)[0]
	if len(got.Files) != 1 || !bytes.Equal(got.Files[0].Bytes, reply.Images[0].Picture.Bytes()) || !strings.HasPrefix(got.Text, "a red fox\nPhotoPerfect") {
		t.Fatalf("people see %d files and read %q", len(got.Files), got.Text)
	}
	if len(receipt.Images) != 1 || !bytes.Equal(fetch(t, adapter, receipt.Images[0].File), got.Files[0].Bytes) {
		t.Errorf("the receipt is %+v", receipt)
	}
}

func testAttachment(t *testing.T, p Platform) {
	for _, private := range chats(p) {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			run(t, p, router)
			sent := picture(t, 64, 48).Bytes()
			p.Say(From{UserID: anna.UserID, Name: anna.Name, Private: private}, "/edit at night", File{Name: "fox.png", ContentType: "image/png", Bytes: sent})
			req := router.next(t)
			if req.Command != "edit" || req.Text != "at night" || len(req.Attachments) != 1 {
				t.Fatalf("the request is %+v", req)
			}
			// The stored form is all that a new process has.
			stored, err := json.Marshal(req.Attachments[0])
			if err != nil {
				t.Fatal(err)
			}
			var restored commands.Attachment
			if err := json.Unmarshal(stored, &restored); err != nil {
				t.Fatal(err)
			}
			if got := fetch(t, p.Adapter(t, newRouter()), restored); !bytes.Equal(got, sent) {
				t.Errorf("of %d bytes came %d, or others", len(sent), len(got))
			}
		})
	}
}

func testUnfetched(t *testing.T, p Platform) {
	for _, data := range []string{"", "{}", "[]", `{"url":"http://127.0.0.1:1/x","file_id":"x","channel":"1","message":"1","n":0}`} {
		body, _, err := p.Adapter(t, newRouter()).Fetch(t.Context(), commands.Attachment{Data: json.RawMessage(data)})
		if body != nil || err == nil {
			t.Errorf("what %q names is fetched", data)
		}
	}
}

// fetch returns a picture that the platform must give out.
func fetch(t *testing.T, adapter bots.Adapter, a commands.Attachment) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	body, size, err := adapter.Fetch(ctx, a)
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil || int64(len(b)) != size {
		t.Errorf("of %d bytes came %d, %v", size, len(b), err)
	}
	return b
}
