package commands

import (
	"slices"
	"testing"
)

func TestRecentPicturesAreThoseThatThePlatformHasAndShowsOpenly(t *testing.T) {
	g := newGallery(t)
	kept := func(id string) Picture { return Picture{ID: id, File: Attachment{Data: []byte("{}")}} }
	lost, deleted, hidden := Picture{ID: "lost"}, kept("deleted"), kept("hidden")
	deleted.Deleted, hidden.Job.Spoiler = true, true
	g.found = []Picture{lost, kept("a"), deleted, hidden, kept("b"), kept("c"), lost}
	req := &Request{Address: Address{Platform: "telegram"}, User: User{ID: "7"}, Alone: true}
	var got []string
	for skip := 0; ; {
		found, next, err := g.Recent(t.Context(), req, "fox", skip, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, picture := range found {
			got = append(got, picture.ID)
		}
		if len(found) > 2 || next == 0 {
			break
		}
		skip = next
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("found %q", got)
	}
	if want := []string{"fox 0+2", "fox 2+2", "fox 4+2", "fox 6+2"}; !slices.Equal(g.searched, want) {
		t.Errorf("searched %q, want %q", g.searched, want)
	}
}

func TestWhoMayNotUseTheBotFindsNoPictures(t *testing.T) {
	g := newGallery(t)
	g.found = []Picture{{ID: "a", File: Attachment{Data: []byte("{}")}}}
	g.cfg.Access.Users = map[string]bool{"telegram:8": true}
	found, _, err := g.Recent(t.Context(), &Request{Address: Address{Platform: "telegram"}, User: User{ID: "7"}}, "", 0, 9)
	if len(found) != 0 || err == nil || !Usual(err) {
		t.Errorf("found %d, %v", len(found), err)
	}
}
