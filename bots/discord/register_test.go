package discord

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

func TestCommandsAreWrittenOnlyWhenTheyDiffer(t *testing.T) {
	for _, guild := range []string{"", discordtest.GuildID} {
		onBench(t, func(t *testing.T, b *bench) {
			before := b.Registrations()
			register := func(want int) {
				t.Helper()
				a := b.process(t)
				a.guild = guild
				a.register(t.Context(), discordtest.AppID)
				if written := b.Registrations() - before; written != want {
					t.Errorf("written %d times, want %d", written, want)
				}
				before = b.Registrations()
			}
			if guild == "" {
				register(0) // the bench has registered them
			} else {
				register(2) // in the server, and no more everywhere
			}
			register(0)
			b.router.summary = "Draw something"
			register(1)
			register(0)
			if got := b.GuildCommands(); (len(got) == 4) != (guild != "") {
				t.Errorf("the server alone has %v", got)
			}
			if got := b.Menu(); len(got) != 3 || !slices.Contains(got, "imagine") {
				t.Errorf("the menu is %v", got)
			}
		})
	}
}

func TestEveryDifferenceCounts(t *testing.T) {
	offered := (&router{}).Commands(Name)
	texts := map[discordgo.Locale]string{discordgo.German: "x"}
	for name, change := range map[string]func(c *discordgo.ApplicationCommand){
		"name":               func(c *discordgo.ApplicationCommand) { c.Name = "draw" },
		"description":        func(c *discordgo.ApplicationCommand) { c.Description = "Draw" },
		"contexts":           func(c *discordgo.ApplicationCommand) { c.Contexts = nil },
		"integration types":  func(c *discordgo.ApplicationCommand) { *c.IntegrationTypes = (*c.IntegrationTypes)[:1] },
		"an option fewer":    func(c *discordgo.ApplicationCommand) { c.Options = c.Options[:1] },
		"another order":      func(c *discordgo.ApplicationCommand) { slices.Reverse(c.Options) },
		"an option's name":   func(c *discordgo.ApplicationCommand) { c.Options[1].Name = "x" },
		"its description":    func(c *discordgo.ApplicationCommand) { c.Options[1].Description = "x" },
		"its autocompletion": func(c *discordgo.ApplicationCommand) { c.Options[1].Autocomplete = false },
		"its language":       func(c *discordgo.ApplicationCommand) { c.Options[1].DescriptionLocalizations = texts },
		"its type": func(c *discordgo.ApplicationCommand) {
			c.Options[1].Type = discordgo.ApplicationCommandOptionAttachment
		},
		"its most":          func(c *discordgo.ApplicationCommand) { c.Options[3].MaxValue = 5 },
		"its least":         func(c *discordgo.ApplicationCommand) { c.Options[3].MinValue = nil },
		"a language":        func(c *discordgo.ApplicationCommand) { c.DescriptionLocalizations = &texts },
		"a name's language": func(c *discordgo.ApplicationCommand) { c.NameLocalizations = &texts },
		"the type":          func(c *discordgo.ApplicationCommand) { c.Type = discordgo.MessageApplicationCommand },
		"its need":          func(c *discordgo.ApplicationCommand) { c.Options[0].Required = false },
		"its choices": func(c *discordgo.ApplicationCommand) {
			c.Options[1].Choices = []*discordgo.ApplicationCommandOptionChoice{{Name: "a", Value: "a"}}
		},
	} {
		theirs := registration(offered, false)
		if !same(registration(offered, false), theirs) {
			t.Fatal("what was registered differs from itself")
		}
		change(theirs[0])
		if same(registration(offered, false), theirs) {
			t.Errorf("%s makes no difference", name)
		}
	}
}

func TestCommandsAreDescribedInEveryLanguageUnderOneName(t *testing.T) {
	const summary, entry = "Draw a picture of what you describe", "Remove background"
	all := registration([]*commands.Command{{
		Name: "imagine", Summary: summary, Menu: entry,
		Argument: commands.Argument{Name: "prompt", Summary: "What the picture shall become"},
		Options:  []commands.Option{{Name: "picture", Summary: "A picture of your own", Attachment: true}},
	}}, true)
	slash, menu := all[0], all[1]
	for name, c := range map[string]struct {
		english string
		texts   map[discordgo.Locale]string
	}{
		"the command":  {summary, *slash.DescriptionLocalizations},
		"its argument": {"What the picture shall become", slash.Options[0].DescriptionLocalizations},
		"its option":   {"A picture of your own", slash.Options[1].DescriptionLocalizations},
		"its entry":    {entry, *menu.NameLocalizations},
	} {
		for locale, language := range map[discordgo.Locale]string{"de": "de", "es-ES": "es", "es-419": "es", "pt-BR": "pt-BR", "ru": "ru"} {
			if got := c.texts[locale]; got != commands.Translate(language, c.english) || got == c.english {
				t.Errorf("%s is %q in %s", name, got, locale)
			}
		}
		if len(c.texts) != 5 {
			t.Errorf("%s is in %v", name, c.texts)
		}
	}
	if slash.NameLocalizations != nil || menu.DescriptionLocalizations != nil {
		t.Error("a command has other names, or an entry a description")
	}
}

func TestTheMenuOfMessagesOffersAFewCommands(t *testing.T) {
	var offered []*commands.Command
	for n := range 7 {
		offered = append(offered, &commands.Command{Name: fmt.Sprint("c", n), Summary: "x", Menu: fmt.Sprint("Do it ", n)})
	}
	var entries []string
	for _, c := range registration(offered, false) {
		if c.Type == discordgo.MessageApplicationCommand {
			entries = append(entries, c.Name)
			if c.Description != "" || c.Contexts == nil {
				t.Errorf("an entry is %+v", c)
			}
		}
	}
	if want := []string{"Do it 0", "Do it 1", "Do it 2", "Do it 3", "Do it 4"}; !slices.Equal(entries, want) {
		t.Errorf("the menu has %v, want %v", entries, want)
	}
}

func TestTheCommandsOfTheBotAreWhatDiscordTakes(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		a := b.process(t)
		a.router = commands.NewRouter(commands.Config{Catalog: &commands.Catalog{}})
		a.register(t.Context(), discordtest.AppID)
		if got := b.Menu(); !slices.Contains(got, "help") || b.warned() {
			t.Errorf("the menu is %v; the log has\n%s", got, b.log)
		}
	})
}

func TestRegistrationOutlastsAnOutageAndTellsOfARefusal(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.router.summary = "Draw something"
		b.faults(5, http.MethodPut, "/commands", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		b.adapter.register(t.Context(), discordtest.AppID)
		if b.Registrations() != 2 || strings.Count(b.log.String(), "level=WARN") != 5 {
			t.Errorf("written %d times; the log has\n%s", b.Registrations(), b.log)
		}
		b.router.summary = "Draw something else"
		b.faults(1, http.MethodPut, "/commands", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"message": "Invalid Form Body", "code": 50035}`))
		})
		b.adapter.register(t.Context(), discordtest.AppID)
		if b.Registrations() != 2 || !strings.Contains(b.log.String(), "50035") {
			t.Errorf("written %d times; the log has\n%s", b.Registrations(), b.log)
		}
	})
}
