package discordtest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"kellybot/bots/botstest"
)

// ordinary is what an ordinary member may do: read, write, attach, use
// commands.
const ordinary = 2147601408

// SetModerator lets somebody manage others' messages in the channel.
func (s *Server) SetModerator(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moderators[user] = true
}

// permissions is what somebody may do in the channel; s.mu is held.
func (s *Server) permissions(user string) string {
	may := int64(ordinary)
	if s.moderators[user] {
		may |= manageMessages
	}
	return strconv.FormatInt(may, 10)
}

// outside is what the bot may do in a server that it is no member of.
const outside = "180224"

// Say has somebody use a slash command as Discord's client lets them: the
// first word names it and the others fill its first option, and files those
// that take some. What the client refuses to send is not sent: a command that
// is not offered, or one without a required option.
func (s *Server) Say(from botstest.From, line string, attached ...botstest.File) {
	name, text, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	s.mu.Lock()
	command, offered := s.offered(name)
	s.mu.Unlock()
	if !offered {
		return
	}
	options := map[string]string{}
	if len(command.Options) > 0 && text != "" {
		options[command.Options[0].Name] = text
	}
	s.Use(from, name, options, attached...)
}

// Use has somebody use a slash command with those options, and attach those
// files to the options that take some. It returns the interaction's id; "" when
// the client does not send it.
func (s *Server) Use(from botstest.From, name string, options map[string]string, attached ...botstest.File) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	command, offered := s.offered(name)
	if !offered {
		return ""
	}
	files := s.share(ChannelID, attached)
	resolved := map[string]any{}
	given := []any{}
	for _, option := range command.Options {
		text, ok := options[option.Name]
		value := any(text)
		switch {
		case option.Type == optionAttachment && len(files) > 0:
			id := files[0]["id"].(string)
			value, ok, resolved[id], files = id, true, files[0], files[1:]
		case option.Type == optionInteger && ok:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || option.Min != nil && n < *option.Min || option.Max != nil && n > *option.Max {
				return ""
			}
			value = n
		case option.Type == optionBoolean && ok:
			on, err := strconv.ParseBool(text)
			if err != nil {
				return ""
			}
			value = on
		}
		if !ok && option.Required {
			return ""
		}
		if ok {
			given = append(given, map[string]any{"type": option.Type, "name": option.Name, "value": value})
		}
	}
	data := command.used(given)
	if len(resolved) > 0 {
		data["resolved"] = map[string]any{"attachments": resolved}
	}
	return s.interact(from, typeCommand, data, nil).id
}

// A post is a message of somebody's.
type post map[string]any

// Post has somebody write a message with those files to the channel, and
// returns its id.
func (s *Server) Post(from botstest.From, files ...botstest.File) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = s.id()
	s.posts[id] = post{
		"id": id, "type": 0, "content": "Look!", "flags": 0, "attachments": s.share(ChannelID, files), "channel_id": ChannelID,
		"author": map[string]any{"id": from.UserID, "username": strings.ToLower(from.Name)},
		// Of a kind that the bot does not know.
		"components": []any{map[string]any{"type": 99, "id": 1}},
	}
	return id
}

// Choose has somebody choose an entry of the menu of a message in the channel,
// be it a person's or the bot's.
func (s *Server) Choose(from botstest.From, entry, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := map[string]any(s.posts[id])
	if n := slices.IndexFunc(s.messages, func(m *message) bool { return m.id == id && !m.deleted }); n >= 0 {
		target = s.shown(s.messages[n])
	}
	for _, command := range slices.Concat(s.guild, s.global) {
		if command.Type == commandMenu && command.Name == entry && target != nil {
			s.interact(from, typeCommand, map[string]any{
				"id": command.ID, "name": command.Name, "type": commandMenu, "target_id": id,
				"resolved": map[string]any{"messages": map[string]any{id: target}},
			}, nil)
			return
		}
	}
}

// Type has somebody type into an option of a command, and asks the bot what it
// offers; the answer is the next of Choices.
func (s *Server) Type(from botstest.From, name, option, typed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	command, offered := s.offered(name)
	if !offered {
		return
	}
	s.interact(from, typeAutocomplete, command.used([]any{
		map[string]any{"type": 3, "name": option, "value": typed, "focused": true},
	}), nil)
}

// Interact sends an interaction as Use does, with fields changed: later
// values win over the server's own, and nil removes a field.
func (s *Server) Interact(from botstest.From, name string, changed map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	command, _ := s.offered(name)
	command.Name = name
	s.interact(from, typeCommand, command.used([]any{}), changed)
}

// used is the data of an interaction with the command.
func (c Command) used(options []any) map[string]any {
	return map[string]any{"id": c.ID, "name": c.Name, "type": 1, "options": options}
}

// interact sends an interaction to the bot; s.mu is held.
func (s *Server) interact(from botstest.From, kind int, data, changed map[string]any) *interaction {
	i := &interaction{
		id:        s.id(),
		token:     "aW50ZXJhY3Rpb24." + s.id(),
		kind:      kind,
		requester: from.UserID,
		sent:      time.Now(),
	}
	if other, ok := changed["type"].(int); ok {
		i.kind = other
	}
	s.interactions = append(s.interactions, i)
	s.names[from.UserID] = from.Name
	user := map[string]any{
		"id": from.UserID, "username": strings.ToLower(from.Name), "global_name": from.Name,
		"discriminator": "0", "avatar": nil, "public_flags": 0,
	}
	event := map[string]any{
		"id":                    i.id,
		"application_id":        AppID,
		"type":                  kind,
		"token":                 i.token,
		"version":               1,
		"data":                  data,
		"locale":                cmp.Or(from.Locale, "en-GB"),
		"entitlements":          []any{},
		"attachment_size_limit": s.uploadLimit,
	}
	if from.Private {
		i.channel = private(from.UserID)
		event["user"] = user
		event["context"] = 1
		event["channel_id"] = i.channel
		event["channel"] = map[string]any{"id": i.channel, "type": 1}
		event["app_permissions"] = outside
		event["authorizing_integration_owners"] = map[string]any{"0": "0", "1": from.UserID}
	} else {
		event["member"] = map[string]any{
			"user": user, "permissions": s.permissions(from.UserID), "roles": []any{}, "nick": nil, "avatar": nil,
			"deaf": false, "mute": false, "pending": false, "flags": 0, "joined_at": "2024-01-02T03:04:05.000000+00:00",
		}
		i.channel = ChannelID
		event["context"] = 0
		event["guild_id"] = GuildID
		event["guild_locale"] = "en-US"
		event["channel_id"] = ChannelID
		event["channel"] = map[string]any{"id": ChannelID, "type": 0, "name": "pictures", "nsfw": false, "guild_id": GuildID, "permissions": s.permissions(from.UserID)}
		event["app_permissions"] = strconv.FormatInt(s.may, 10)
		event["authorizing_integration_owners"] = map[string]any{"0": GuildID}
		if s.may == 0 {
			event["app_permissions"] = outside
			event["authorizing_integration_owners"] = map[string]any{"1": from.UserID}
		}
	}
	for key, value := range changed {
		event[key] = value
		if value == nil {
			delete(event, key)
		}
	}
	s.lastEvent, _ = json.Marshal(event) // strings, numbers and what a test put in
	s.announce()
	return i
}

// private is the id of somebody's private chat with the bot.
func private(user string) string { return "14" + user }

// Repeat sends the last interaction once more, unchanged.
func (s *Server) Repeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announce()
}

// Delete has a moderator delete the latest message or placeholder.
func (s *Server) Delete() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.messages); n > 0 {
		s.messages[n-1].deleted = true
		s.change()
	}
}

// Event returns the data of the last interaction, as Repeat sends it.
func (s *Server) Event() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastEvent
}

// announce sends the last interaction to every session of its server's shard,
// which for private chats is the first; s.mu is held.
func (s *Server) announce() {
	var event struct {
		Guild uint64 `json:"guild_id,string"`
	}
	_ = json.Unmarshal(s.lastEvent, &event) // what a test put in may be no id
	for _, session := range s.sessions {
		if (event.Guild>>22)%session.shard[1] == session.shard[0] {
			s.dispatch(session, "INTERACTION_CREATE", s.lastEvent)
		}
	}
}

// Choices returns what the bot has offered to those who typed, in order.
func (s *Server) Choices() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]string(nil), s.choices...)
}

// Messages returns what people see, as botstest.Platform says it.
func (s *Server) Messages() []botstest.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var seen []botstest.Message
	for _, m := range s.visible() {
		shown := botstest.Message{Chat: m.channel, ID: m.id, Text: Read(m.content, s.names), Pings: m.pings}
		if m.flags&flagEphemeral != 0 {
			shown.For = m.requester
		}
		for _, file := range m.files {
			shown.Files = append(shown.Files, file.File)
		}
		for _, button := range m.buttons() {
			shown.Buttons = append(shown.Buttons, button.Label)
		}
		seen = append(seen, shown)
	}
	return seen
}

// visible returns the messages that people see, in order; s.mu is held.
func (s *Server) visible() []*message {
	return slices.DeleteFunc(slices.Clone(s.messages), func(m *message) bool { return m.thinking || m.deleted })
}

// Menu returns the names of the offered slash commands.
func (s *Server) Menu() []string { return s.named(commandSlash) }

// Entries returns the offered entries of the menu of messages.
func (s *Server) Entries() []string { return s.named(commandMenu) }

func (s *Server) named(kind int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, command := range slices.Concat(s.guild, s.global) {
		if command.Type == kind {
			names = append(names, command.Name)
		}
	}
	return names
}
