package discord

import (
	"context"
	"encoding/json"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// An interaction is what somebody did, with what discordgo's type leaves out.
type interaction struct {
	discordgo.Interaction
	extra
}

type extra struct {
	Channel struct {
		NSFW bool `json:"nsfw"`
	} `json:"channel"`
	UploadLimit int64 `json:"attachment_size_limit"` // bytes
}

// decode reads the data of an INTERACTION_CREATE event. What it returns
// without an error has a user.
func decode(raw []byte) (*interaction, error) {
	i := new(interaction)
	if err := json.Unmarshal(raw, &i.Interaction); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &i.extra); err != nil {
		return nil, err
	}
	if i.Member != nil && i.Member.User != nil {
		i.User = i.Member.User
	}
	if i.ID == "" || i.AppID == "" || i.Token == "" || i.User == nil || i.User.ID == "" {
		return nil, errors.New("something that every interaction has is missing")
	}
	return i, nil
}

// id is the request's id for ever.
func (i *interaction) id() string { return Name + ":" + i.AppID + ":" + i.ID }

// command returns the data of a slash command or of its autocompletion.
func (i *interaction) command() (discordgo.ApplicationCommandInteractionData, bool) {
	data, ok := i.Data.(discordgo.ApplicationCommandInteractionData)
	return data, ok && data.CommandType == discordgo.ChatApplicationCommand
}

// request translates a slash command. command may be nil, when it is one that
// was registered once and is no more.
func (i *interaction) request(arrived time.Time, data discordgo.ApplicationCommandInteractionData, command *commands.Command) *commands.Request {
	private := i.Context == discordgo.InteractionContextBotDM
	req := &commands.Request{
		ID:   i.id(),
		User: commands.User{ID: i.User.ID, Name: i.User.DisplayName()},
		Chat: commands.Chat{
			ID:            i.ChannelID,
			Server:        i.GuildID,
			Private:       private,
			UploadLimit:   i.UploadLimit,
			AgeRestricted: i.Channel.NSFW,
		},
		Locale:    string(i.Locale),
		Moderator: private,
		Command:   data.Name,
		Received:  arrived,
	}
	if i.Member != nil {
		const may = discordgo.PermissionManageMessages | discordgo.PermissionAdministrator
		req.Moderator = i.Member.Permissions&may != 0
		if i.Member.Nick != "" {
			req.User.Name = i.Member.Nick
		}
	}
	req.Address = address{
		App:         i.AppID,
		Interaction: i.ID,
		Token:       i.Token,
		User:        i.User.ID,
		Received:    arrived,
		Private:     command != nil && command.Private,
		UploadLimit: i.UploadLimit,
	}.data()
	if command == nil {
		return req
	}
	for _, option := range data.Options {
		if option == nil {
			continue
		}
		value, ok := option.Value.(string)
		switch {
		case !ok:
		case option.Name == command.Argument.Name:
			req.Text = value
		default:
			if req.Options == nil {
				req.Options = make(map[string]string)
			}
			req.Options[option.Name] = value
		}
	}
	return req
}

// An inbox takes events off the gateway's loop and handles each on its own.
type inbox struct {
	adapter *Adapter
	ctx     context.Context // of the requests: outlives Run's by the grace
	cancel  context.CancelFunc

	mu      sync.Mutex
	closed  bool
	atHand  int
	running sync.WaitGroup
}

func newInbox(ctx context.Context, a *Adapter) *inbox {
	in := &inbox{adapter: a}
	in.ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return in
}

// close takes no further events and waits for those at hand.
func (in *inbox) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	late := time.AfterFunc(grace, in.cancel)
	in.running.Wait()
	late.Stop()
	in.cancel()
}

// event handles the data of an INTERACTION_CREATE event. It never waits.
func (in *inbox) event(raw []byte) {
	arrived := time.Now()
	log := in.adapter.log
	i, err := decode(raw)
	if err != nil {
		log.Warn("an interaction cannot be read") // its error may quote what somebody typed
		return
	}
	log = log.With("request", i.id())
	answer := in.adapter.respond
	switch i.Type {
	case discordgo.InteractionApplicationCommand:
	case discordgo.InteractionApplicationCommandAutocomplete:
		answer = in.adapter.complete
	default:
		log.Debug("an interaction of another kind is left alone", "type", i.Type.String())
		return
	}
	data, ok := i.command()
	if !ok {
		log.Debug("a command of another kind is left alone")
		return
	}

	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.closed, in.atHand >= 2*maxRequests:
		log.Warn("an interaction is dropped: too many at once, or the bot is stopping")
		return
	case in.atHand >= maxRequests:
		answer = in.adapter.busy
	}
	in.atHand++
	in.running.Go(func() {
		defer func() {
			if fault := recover(); fault != nil {
				log.Error("handling an interaction panicked", "stack", string(debug.Stack()))
			}
			in.mu.Lock()
			in.atHand--
			in.mu.Unlock()
		}()
		ctx, cancel := context.WithTimeout(in.ctx, handleTimeout)
		defer cancel()
		answer(ctx, event{interaction: i, data: data, arrived: arrived, log: log})
	})
}
