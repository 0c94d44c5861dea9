package commands

// Access says who may use the bot, and where. Keys are a platform's name and
// its id, such as "discord:80351110224678912".
type Access struct {
	// Users may use the bot; empty means everybody.
	Users map[string]bool
	// Chats are the chats, channels and servers where the bot may be used;
	// empty means everywhere. Users and Chats restrict independently.
	Chats map[string]bool
	// Admins may use the bot everywhere, and moderate everywhere.
	Admins map[string]bool
}

// recognise says who is an admin, and makes them moderators.
func (a Access) recognise(req *Request) {
	req.Admin = a.Admins[req.Address.Platform+":"+req.User.ID]
	req.Moderator = req.Moderator || req.Admin
}

// check returns the Refusal for a recognised request that is not allowed.
// personal says that it is for what people do in their private chat wherever
// else they may use the bot.
func (a Access) check(req *Request, personal bool) error {
	if req.Admin {
		return nil
	}
	key := func(id string) string { return req.Address.Platform + ":" + id }
	if len(a.Users) > 0 && !a.Users[key(req.User.ID)] {
		return refuse("This bot is not open to you: please ask whoever runs it to add your id %s.", code(key(req.User.ID)))
	}
	if len(a.Chats) > 0 && !(personal && req.Chat.Private) && !a.Chats[key(req.Chat.ID)] && !a.Chats[key(req.Chat.Parent)] && !a.Chats[key(req.Chat.Server)] {
		id := req.Chat.ID
		if req.Chat.Server != "" {
			id = req.Chat.Server
		}
		return refuse("This bot is not open in this chat: please ask whoever runs it to add the id %s.", code(key(id)))
	}
	return nil
}
