package telegram

import (
	"context"
	"sync"
	"time"

	"kellybot/commands"
)

// lacks names what the bot may not do in the group, so that it can send no
// picture, or returns "". It is asked of Telegram before anything is drawn;
// where Telegram does not say, a refusal of the picture will.
func (r *receiver) lacks(ctx context.Context, req *commands.Request) string {
	if req.Chat.Private || r.allowed.knows(req.Chat.ID) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, memberTime)
	defer cancel()
	may, err := r.maySendPictures(ctx, req.Chat.ID)
	switch {
	case err != nil:
		r.log.Debug("cannot tell whether the bot may send pictures", "job", req.ID, "cause", err)
	case !may:
		return "Send Photos or Send Files"
	default:
		r.allowed.note(req.Chat.ID)
	}
	return ""
}

// maySendPictures reports whether a group takes photos or files from the bot:
// its own restrictions and the group's both count, but for administrators.
func (r *receiver) maySendPictures(ctx context.Context, chat string) (bool, error) {
	type rights struct {
		Photos *bool `json:"can_send_photos"` // nil where Telegram does not say
		Files  *bool `json:"can_send_documents"`
	}
	var bot struct {
		Status string `json:"status"`
		rights
	}
	params := map[string]string{"chat_id": chat, "user_id": decimal(r.me.ID)}
	if err := r.callChat(ctx, memberTime, "getChatMember", params, &bot); err != nil {
		return false, err
	}
	if bot.Status == "creator" || bot.Status == "administrator" {
		return true, nil
	}
	var group struct {
		Permissions rights `json:"permissions"`
	}
	if err := r.callChat(ctx, memberTime, "getChat", map[string]string{"chat_id": chat}, &group); err != nil {
		return false, err
	}
	may := func(own, all *bool) bool { return (own == nil || *own) && (all == nil || *all) }
	return may(bot.Photos, group.Permissions.Photos) || may(bot.Files, group.Permissions.Files), nil
}

// A memory holds chats for a while. It is safe for concurrent use.
type memory struct {
	mu    sync.Mutex
	until map[string]time.Time
}

const (
	memoryTime = 10 * time.Minute
	maxMemory  = 10_000 // chats
)

func (m *memory) knows(chat string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.until[chat])
}

func (m *memory) note(chat string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until == nil || len(m.until) >= maxMemory {
		m.until = map[string]time.Time{}
	}
	m.until[chat] = time.Now().Add(memoryTime)
}
