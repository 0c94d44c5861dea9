package telegram_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func TestSeveralPicturesComeInOrder(t *testing.T) {
	ordinary, long := encode(t, 64, 64), encode(t, 6000, 2)
	barring := func(method, what string) func(*stage) {
		return func(s *stage) { s.Break(method, telegramtest.Refuse(400, "Bad Request: "+what, nil)) }
	}
	for _, c := range []struct {
		name   string
		fault  func(*stage)
		images [][]byte
		want   []string // methods
	}{
		{"each in its own way", nil, [][]byte{ordinary, long}, []string{"sendPhoto", "sendDocument"}},
		{"photos in an album", nil, [][]byte{ordinary, ordinary, ordinary}, []string{"sendPhoto 2", "sendPhoto 2", "sendPhoto 2"}},
		{"files in an album", nil, [][]byte{long, long}, []string{"sendDocument 2", "sendDocument 2"}},
		{"never both in one", nil, [][]byte{ordinary, ordinary, long, long}, []string{"sendPhoto 2", "sendPhoto 2", "sendDocument 4", "sendDocument 4"}},
		{"those between by themselves", nil, [][]byte{ordinary, long, ordinary}, []string{"sendPhoto", "sendDocument", "sendPhoto"}},
		{"without photos, which are tried once", func(s *stage) { s.Bar(groupID, "photos") },
			[][]byte{ordinary, ordinary}, []string{"sendDocument", "sendDocument"}},
		{"without files, which are tried once", barring("sendDocument", "CHAT_SEND_DOCS_FORBIDDEN"),
			[][]byte{long, ordinary, long}, []string{"sendMessage", "sendPhoto", "sendMessage"}},
		{"without any, which is said once", func(s *stage) { s.Bar(groupID, "photos", "documents") }, [][]byte{ordinary, ordinary}, []string{"sendMessage"}},
		{"one refused for itself, and the next", func(s *stage) {
			barring("sendMediaGroup", "failed to send message #1 with the error message \"IMAGE_PROCESS_FAILED\"")(s)
			barring("sendPhoto", "IMAGE_PROCESS_FAILED")(s)
		}, [][]byte{ordinary, ordinary}, []string{"sendDocument", "sendPhoto"}},
		{"an album that is too large for a proxy", func(s *stage) { s.Break("sendMediaGroup", telegramtest.Page(413)) },
			[][]byte{ordinary, ordinary}, []string{"sendPhoto", "sendPhoto"}},
		{"an album after faults that pass", func(s *stage) { s.Break("sendMediaGroup", telegramtest.Page(502), telegramtest.Flood(0)) },
			[][]byte{ordinary, ordinary}, []string{"sendPhoto 2", "sendPhoto 2"}},
		{"an album whose markup is refused", barring("sendMediaGroup", "can't parse entities"), [][]byte{ordinary, ordinary}, []string{"sendPhoto 2", "sendPhoto 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			to, _ := s.command(t, groupID, nil)
			if c.fault != nil {
				c.fault(s)
			}
			reply := words("two foxes")
			reply.Buttons = []commands.Button{cancelButton}
			for _, b := range c.images {
				reply.Images = append(reply.Images, picture(t, b, "").Images...)
			}
			receipt, err := s.adapter.Deliver(t.Context(), to, reply)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			sent := s.Sent()
			message := "2"
			if last := sent[len(sent)-1]; last.Buttons != nil {
				sent, message = sent[:len(sent)-1], strconv.Itoa(last.ID)
				if last.ReplyTo != 2 || last.File != nil || len(last.Buttons) != 1 {
					t.Errorf("the buttons stand below %+v", last)
				}
			} else if pictured(receipt) > 0 {
				t.Error("there are no buttons")
			}
			for n, m := range sent {
				got = append(got, strings.Replace(strings.TrimSpace(m.Method+" "+m.Album), "album-", "", 1))
				if strings.Contains(m.Text, "two foxes") != (n == 0) || m.Buttons != nil {
					t.Errorf("message %d says %q, with the buttons %v", n, m.Text, m.Buttons)
				}
				if id := receipt.Images[n].MessageID; id != strconv.Itoa(m.ID) {
					t.Errorf("picture %d is said to be in message %s, and is in %d", n, id, m.ID)
				}
				if m.File != nil && !bytes.Equal(m.File.Bytes, s.fetch(t, receipt.Images[n].File)) {
					t.Errorf("picture %d is another one", n)
				}
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") || receipt.MessageID != message || len(receipt.Images) != len(got) {
				t.Errorf("sent by %v, want %v; the receipt is %+v", got, c.want, receipt)
			}
		})
	}
}

func TestAnAlbumWhoseAnswerIsLostIsSentAgain(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendMediaGroup", telegramtest.LoseAnswer)
	reply := picture(t, encode(t, 64, 64), "foxes")
	reply.Images = append(reply.Images, picture(t, encode(t, 32, 32), "").Images...)
	receipt, err := s.adapter.Deliver(t.Context(), to, reply)
	if err != nil || receipt.MessageID != "4" || len(s.Sent()) != 4 || !strings.Contains(s.log.String(), "may be there twice") {
		t.Errorf("Deliver returned %+v, %v; people see %+v", receipt, err, s.Sent())
	}
}

func TestPicturesWhoseButtonsFailAreDelivered(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Break("sendMessage", telegramtest.Refuse(400, "Bad Request: BUTTON_DATA_INVALID", nil))
	reply := picture(t, encode(t, 64, 64), "foxes")
	reply.Images = append(reply.Images, picture(t, encode(t, 32, 32), "").Images...)
	reply.Buttons = []commands.Button{cancelButton}
	receipt, err := s.adapter.Deliver(t.Context(), to, reply)
	if err != nil || receipt.MessageID != "2" || len(s.Sent()) != 2 || !strings.Contains(s.log.String(), "their buttons were not") {
		t.Errorf("Deliver returned %+v, %v; people see %+v", receipt, err, s.Sent())
	}
}

func TestAnAlbumsPicturesAreHiddenEachByItself(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	reply := picture(t, encode(t, 64, 64), "foxes")
	reply.Images = append(reply.Images, picture(t, encode(t, 32, 32), "").Images...)
	reply.Images[1].Spoiler = true
	if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent(); len(got) != 2 || got[0].File.Spoiler || !got[1].File.Spoiler {
		t.Errorf("people see %+v", got)
	}
}
