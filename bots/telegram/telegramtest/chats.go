package telegramtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
)

// GroupID is the supergroup that Say speaks in.
const GroupID = -1001000000001

// A chat is one that the bot is in; Server.mu guards it.
type chat struct {
	id       int64
	kind     string
	topics   []int
	messages map[int]map[string]any // as the Bot API shows those of people; nil of the bot's
	last     int                    // message
	moved    int64                  // the supergroup that it has become, or 0
	gone     string
	members  map[int64]string // the status of those who are not simply members
	barred   []string         // what members may not send, as the names of rights: "photos", "documents"
}

func (c *chat) newMessage() int {
	c.last++
	c.messages[c.last] = nil
	return c.last
}

func (c *chat) object() map[string]any {
	object := map[string]any{"id": c.id, "type": c.kind}
	switch {
	case c.kind == "private":
		object["first_name"] = "Somebody"
	case len(c.topics) > 0:
		object["is_forum"] = true
		fallthrough
	default:
		object["title"] = "A group"
	}
	return object
}

// replyTo returns the message that the call replies to.
func (c *chat) replyTo(call Call) (int, error) {
	text, given := call.Params["reply_parameters"]
	if !given {
		return 0, nil
	}
	var reply struct {
		MessageID int  `json:"message_id"`
		Anyway    bool `json:"allow_sending_without_reply"`
	}
	if json.Unmarshal([]byte(text), &reply) != nil || reply.MessageID <= 0 {
		return 0, errors.New("can't parse reply parameters")
	}
	if _, there := c.messages[reply.MessageID]; there {
		return reply.MessageID, nil
	}
	if !reply.Anyway {
		return 0, errors.New("message to be replied not found")
	}
	return 0, nil
}

// chat returns the chat that the call names, or refuses the call; s.mu is
// held.
func (s *Server) chat(w http.ResponseWriter, call Call) (*chat, bool) {
	text := call.Params["chat_id"]
	if text == "" {
		refuse(w, 400, "Bad Request: chat_id is empty")
		return nil, false
	}
	id, err := strconv.ParseInt(text, 10, 64)
	chat := s.chats[id]
	switch {
	case err != nil || chat == nil:
		refuse(w, 400, "Bad Request: chat not found")
	case chat.gone != "":
		refuse(w, 403, "Forbidden: "+chat.gone)
	case chat.moved != 0:
		write(w, 400, map[string]any{"ok": false, "error_code": 400,
			"description": "Bad Request: group chat was upgraded to a supergroup chat",
			"parameters":  map[string]any{"migrate_to_chat_id": chat.moved}})
	default:
		return chat, true
	}
	return nil, false
}

// AddGroup makes a group with the id and, when topics are given, with topics.
// Ids below -1000000000000 are supergroups.
func (s *Server) AddGroup(id int64, topics ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := "group"
	if id < -1000000000000 {
		kind = "supergroup"
	}
	s.chats[id] = &chat{id: id, kind: kind, topics: topics, messages: map[int]map[string]any{}, members: map[int64]string{}}
}

// AddPrivate makes a private chat with the user.
func (s *Server) AddPrivate(user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addPrivate(user)
}

func (s *Server) addPrivate(user int64) {
	if s.chats[user] == nil {
		s.chats[user] = &chat{id: user, kind: "private", messages: map[int]map[string]any{}}
	}
}

// Migrate makes a group a supergroup with another id.
func (s *Server) Migrate(from, to int64) {
	s.AddGroup(to)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[from].moved = to
}

// Unsay deletes somebody's message.
func (s *Server) Unsay(chatID int64, messageID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.chats[chatID].messages, messageID)
}

// CloseTopics makes a forum a group without topics.
func (s *Server) CloseTopics(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[id].topics = nil
}

// Forbid makes the chat refuse the bot, for the reason given, such as "bot was
// blocked by the user".
func (s *Server) Forbid(id int64, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[id].gone = reason
}

// Bar makes the group refuse what its members may not send: "photos" and
// "documents".
func (s *Server) Bar(group int64, kinds ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[group].barred = kinds
}

// rights are those of the group's members; s.mu is held.
func (c *chat) rights() map[string]any {
	rights := map[string]any{"can_send_messages": true}
	for _, kind := range []string{"photos", "documents"} {
		rights["can_send_"+kind] = !slices.Contains(c.barred, kind)
	}
	return rights
}

// bars reports whether the chat takes none of the kind from the bot; s.mu is
// held.
func (c *chat) bars(kind string) bool {
	return slices.Contains(c.barred, kind) && c.members[BotID] != "administrator"
}

func (s *Server) getChat(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	object := chat.object()
	if chat.kind != "private" {
		object["permissions"] = chat.rights()
	}
	answer(w, object)
}

// SetMember gives somebody a status in a group, such as "administrator";
// without it everybody is a "member".
func (s *Server) SetMember(group, user int64, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[group].members[user] = status
}

func (s *Server) getChatMember(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	user, err := strconv.ParseInt(call.Params["user_id"], 10, 64)
	if err != nil || user <= 0 {
		refuse(w, 400, "Bad Request: invalid user_id specified")
		return
	}
	status := chat.members[user]
	if status == "" {
		status = "member"
	}
	member := map[string]any{"user": Person(user, "Somebody"), "status": status}
	if status == "restricted" { // from all
		member["is_member"], member["can_send_messages"], member["can_send_photos"], member["can_send_documents"] = true, true, false, false
	}
	answer(w, member)
}
