package discordtest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kellybot/bots/botstest"
)

// apply changes a message, or nothing when Discord would refuse; s.mu is held.
func (s *Server) apply(m *message, in payload, uploads map[string]botstest.File) *refusal {
	content := m.content
	if in.Content != nil {
		content = *in.Content
	}
	if utf8.RuneCountInString(content) > 2000 {
		return malformed("content")
	}
	if len(in.Embeds) > 0 {
		return malformed("embeds are not known here")
	}
	rows := m.rows
	if in.Components != nil {
		var refused *refusal
		if rows, refused = readRows(*in.Components); refused != nil {
			return refused
		}
	}
	for _, upload := range uploads {
		if int64(len(upload.Bytes)) > cmp.Or(s.uploadLimit, usualLimit) {
			return tooLarge
		}
	}
	files, refused := s.attach(m, in.Attachments, uploads)
	if refused != nil {
		return refused
	}
	if content == "" && len(files) == 0 {
		return emptyMessage
	}
	pings, refused := notified(content, in.Mentions)
	if refused != nil {
		return refused
	}
	m.content, m.files, m.rows, m.pings, m.thinking = content, files, rows, pings, false
	return nil
}

// attach returns the message's files after a change. Uploads that no list
// names are added to what is there; a list is all there is from then on.
func (s *Server) attach(m *message, list *[]attachment, uploads map[string]botstest.File) ([]file, *refusal) {
	if list == nil {
		files := slices.Clone(m.files)
		for n := range len(uploads) {
			upload, ok := uploads[fmt.Sprintf("files[%d]", n)]
			if !ok {
				return nil, malformed("files")
			}
			files = append(files, file{upload, s.id()})
		}
		return files, nil
	}
	var files []file
	used := 0
	for _, a := range *list {
		if !within(a.Description, 0, 1024) {
			return nil, malformed("attachments.description")
		}
		if n := slices.IndexFunc(m.files, func(f file) bool { return f.id == a.ID.String() }); n >= 0 {
			files = append(files, m.files[n])
			continue
		}
		upload, ok := uploads["files["+a.ID.String()+"]"]
		if !ok {
			return nil, malformed("attachments.id")
		}
		if a.FileName != "" {
			upload.Name = a.FileName
			upload.Spoiler = strings.HasPrefix(a.FileName, "SPOILER_")
		}
		upload.Alt = a.Description
		files = append(files, file{upload, s.id()})
		used++
	}
	if used != len(uploads) || len(files) > 10 {
		return nil, malformed("attachments")
	}
	return files, nil
}

var (
	userMention     = regexp.MustCompile(`<@!?([0-9]+)>`)
	everyoneMention = regexp.MustCompile(`@(?:everyone|here)`)
)

// notified returns the ids of those whom a content notifies, with "everyone"
// for @everyone and @here. Discord looks for mentions without regard to
// markup, and without allowed_mentions lets all of them through.
func notified(content string, allowed *allowedMentions) ([]string, *refusal) {
	users, everyone := true, true
	var listed []string
	if allowed != nil {
		users, everyone = slices.Contains(allowed.Parse, "users"), slices.Contains(allowed.Parse, "everyone")
		listed = allowed.Users
		if users && len(listed) > 0 || len(listed) > 100 {
			return nil, malformed("allowed_mentions")
		}
	}
	var pings []string
	for _, mention := range userMention.FindAllStringSubmatch(content, -1) {
		if id := mention[1]; (users || slices.Contains(listed, id)) && !slices.Contains(pings, id) {
			pings = append(pings, id)
		}
	}
	if everyone && everyoneMention.MatchString(content) {
		pings = append(pings, "everyone")
	}
	return pings, nil
}
