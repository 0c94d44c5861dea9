package spec

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// breakDiscordRules returns which of the rules a request breaks that the
// specification leaves out.
func breakDiscordRules(header http.Header, path string, sent payload) []violation {
	wrong := broken(discordRules, header)
	body, _ := sent.value.(map[string]any)
	switch {
	case strings.HasSuffix(path, "/commands"):
		var commands []discordCommand
		fill(sent.value, &commands)
		return append(wrong, broken(discordCommandRules, commands)...)
	case body == nil:
		return wrong
	case strings.HasSuffix(path, "/callback"):
		var callback struct {
			Type int            `json:"type"`
			Data discordMessage `json:"data"`
		}
		fill(body, &callback)
		callback.Data.files = sent.files
		switch callback.Type {
		case autocompletion:
			return append(wrong, broken(discordChoiceRules, callback.Data.Choices)...)
		case modal:
			var form struct {
				Data discordModal `json:"data"`
			}
			fill(body, &form)
			return append(wrong, broken(discordModalRules, form.Data)...)
		}
		for _, v := range broken(discordMessageRules, callback.Data) {
			wrong = append(wrong, violation{"/data" + v.at, v.rule})
		}
		return wrong
	case strings.Contains(path, "/messages"), strings.HasPrefix(path, "/webhooks/"):
		var message discordMessage
		fill(body, &message)
		message.files = sent.files
		return append(wrong, broken(discordMessageRules, message)...)
	}
	return wrong
}

// The types of callbacks that are no messages.
const (
	autocompletion = 8
	modal          = 9
)

var discordRules = []rule[http.Header]{
	{"the User-Agent is DiscordBot ($url, $version)", discordDocs + "reference#user-agent", func(h http.Header) string {
		if !userAgent.MatchString(h.Get("User-Agent")) {
			return "User-Agent"
		}
		return ""
	}},
}

const discordDocs = "https://docs.discord.com/developers/"

var userAgent = regexp.MustCompile(`^DiscordBot \(\S+, \S+\)`)

type discordMessage struct {
	Content     string              `json:"content"`
	Rows        []discordRow        `json:"components"`
	Attachments []discordAttachment `json:"attachments"`
	Mentions    struct {
		Parse []string `json:"parse"`
		Users []string `json:"users"`
		Roles []string `json:"roles"`
	} `json:"allowed_mentions"`
	Choices []discordChoice `json:"choices"`
	files   []string
}

type discordRow struct {
	Components []discordButton `json:"components"`
}

type discordButton struct {
	Style int    `json:"style"`
	Label string `json:"label"`
	ID    string `json:"custom_id"`
	URL   string `json:"url"`
	Emoji any    `json:"emoji"`
}

type discordAttachment struct {
	ID          any    `json:"id"`
	Description string `json:"description"`
}

const linkStyle = 5 // of a button

var discordMessageRules = []rule[discordMessage]{
	{"at most 2000 characters", discordDocs + "resources/message#create-message", func(m discordMessage) string {
		return when(characters(m.Content) > 2000, "/content")
	}},
	{"at most 5 rows", discordDocs + "components/reference#legacy-message-component-behavior", func(m discordMessage) string {
		return when(len(m.Rows) > 5, "/components")
	}},
	{"at most 5 buttons in a row", discordDocs + "components/reference#action-row", func(m discordMessage) string {
		return first("/components", m.Rows, func(r discordRow) bool { return len(r.Components) > 5 })
	}},
	{"a button has a label or an emoji, and a custom_id of 1 to 100 characters unless it is a link", discordDocs + "components/reference#button",
		func(m discordMessage) string {
			return first("/components", m.Rows, func(r discordRow) bool {
				return slices.ContainsFunc(r.Components, func(b discordButton) bool {
					named := characters(b.ID) >= 1 && characters(b.ID) <= 100 && b.URL == ""
					return b.Label == "" && b.Emoji == nil || (b.Style == linkStyle) == named
				})
			})
		}},
	{"every custom_id of a message is its own", discordDocs + "components/reference#anatomy-of-a-component", func(m discordMessage) string {
		var ids []string
		for _, row := range m.Rows {
			for _, b := range row.Components {
				ids = append(ids, b.ID)
			}
		}
		return when(repeated("", ids) != "", "/components")
	}},
	{"at most 10 files", discordDocs + "resources/message#create-message", func(m discordMessage) string {
		return when(len(m.files) > 10 || len(m.Attachments) > 10, "/attachments")
	}},
	{"a description has at most 1024 characters", discordDocs + "resources/message#attachment-object", func(m discordMessage) string {
		return first("/attachments", m.Attachments, func(a discordAttachment) bool { return characters(a.Description) > 1024 })
	}},
	{"the attachments are the files, by the numbers in the files' names", discordDocs + "reference#uploading-files", func(m discordMessage) string {
		var ids []string
		for _, a := range m.Attachments {
			if id := fmt.Sprint(a.ID); len(id) < 3 { // not of one that was sent before
				ids = append(ids, "files["+id+"]")
			}
		}
		slices.Sort(ids)
		return when(!slices.Equal(ids, slices.Sorted(slices.Values(m.files))), "/attachments")
	}},
	{"mentions are either parsed or listed", discordDocs + "resources/message#allowed-mentions-object", func(m discordMessage) string {
		return when(slices.Contains(m.Mentions.Parse, "users") && len(m.Mentions.Users) > 0 ||
			slices.Contains(m.Mentions.Parse, "roles") && len(m.Mentions.Roles) > 0, "/allowed_mentions")
	}},
}

type discordModal struct {
	Rows []struct {
		Inputs []discordInput `json:"components"`
	} `json:"components"`
}

type discordInput struct {
	ID        string `json:"custom_id"`
	Label     string `json:"label"`
	Value     string `json:"value"`
	MinLength int    `json:"min_length"`
	MaxLength int    `json:"max_length"`
}

var discordModalRules = []rule[discordModal]{
	{"a form has 1 to 5 rows", discordDocs + "interactions/receiving-and-responding#interaction-response-object-modal", func(f discordModal) string {
		return when(len(f.Rows) < 1 || len(f.Rows) > 5, "/data/components")
	}},
	{"a row has one text input, which has a label", discordDocs + "components/reference#text-input", func(f discordModal) string {
		for n, row := range f.Rows {
			if len(row.Inputs) != 1 || row.Inputs[0].Label == "" {
				return fmt.Sprintf("/data/components/%d", n)
			}
		}
		return ""
	}},
	{"every custom_id of a form is its own", discordDocs + "components/reference#anatomy-of-a-component", func(f discordModal) string {
		var ids []string
		for _, row := range f.Rows {
			for _, input := range row.Inputs {
				ids = append(ids, input.ID)
			}
		}
		return repeated("/data/components", ids)
	}},
	{"what stands in an input has a length that it takes", discordDocs + "components/reference#text-input", func(f discordModal) string {
		for n, row := range f.Rows {
			for _, input := range row.Inputs {
				if length := characters(input.Value); length > 0 && (length < input.MinLength || length > cmp.Or(input.MaxLength, 4000)) {
					return fmt.Sprintf("/data/components/%d", n)
				}
			}
		}
		return ""
	}},
}

type discordChoice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var discordChoiceRules = []rule[[]discordChoice]{
	{"at most 25 choices", discordDocs + "interactions/receiving-and-responding#autocomplete", func(choices []discordChoice) string {
		return when(len(choices) > 25, "/data/choices")
	}},
	{"a choice has 1 to 100 characters", discordDocs + "interactions/application-commands#application-command-option-choice-structure",
		func(choices []discordChoice) string {
			return first("/data/choices", choices, func(c discordChoice) bool {
				return c.Name == "" || characters(c.Name) > 100 || characters(c.Value) > 100
			})
		}},
}

type discordCommand struct {
	Type        int             `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Options     []discordOption `json:"options"`
	discordTexts
}

// slash reports whether the command is typed, and no entry of a menu.
func (c discordCommand) slash() bool { return c.Type < 2 }

// discordTexts are what a name and a description are in other languages.
type discordTexts struct {
	Names        map[string]string `json:"name_localizations"`
	Descriptions map[string]string `json:"description_localizations"`
}

// wrong reports whether there is a language that Discord does not have.
func (t discordTexts) wrong() bool {
	for _, texts := range []map[string]string{t.Names, t.Descriptions} {
		for locale := range texts {
			if !slices.Contains(discordLocales, locale) {
				return true
			}
		}
	}
	return false
}

// discordLocales are those of https://docs.discord.com/developers/reference#locales.
var discordLocales = strings.Fields("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko")

type discordOption struct {
	Type         int             `json:"type"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Required     bool            `json:"required"`
	Autocomplete bool            `json:"autocomplete"`
	Choices      []discordChoice `json:"choices"`
	Min          *float64        `json:"min_value"`
	Max          *float64        `json:"max_value"`
	discordTexts
}

// The types of options that are no texts.
const (
	integerOption    = 4
	numberOption     = 10
	attachmentOption = 11
)

var discordCommandRules = []rule[[]discordCommand]{
	{"at most 100 commands, and 15 in a menu", commandDocs, func(all []discordCommand) string {
		kinds := make(map[int]int)
		for _, c := range all {
			kinds[max(1, c.Type)]++
		}
		return when(kinds[1] > 100 || kinds[2] > 15 || kinds[3] > 15, "/")
	}},
	{"no command has the name of another of its type", commandDocs, func(all []discordCommand) string {
		var names []string
		for _, c := range all {
			names = append(names, fmt.Sprint(max(1, c.Type), c.Name))
		}
		return repeated("", names)
	}},
	{"a command's name is of 1 to 32 small letters, digits, - and _, and an entry's of 1 to 32 characters", commandDocs + "-naming", func(all []discordCommand) string {
		return first("", all, func(c discordCommand) bool {
			return c.slash() && !commandName(c.Name) || c.Name == "" || characters(c.Name) > 32
		})
	}},
	{"an entry of a menu has neither a description nor options", commandDocs + "-structure", func(all []discordCommand) string {
		return first("", all, func(c discordCommand) bool {
			return !c.slash() && (c.Description != "" || len(c.Descriptions)+len(c.Options) > 0)
		})
	}},
	{"texts are in languages that Discord has", discordDocs + "interactions/application-commands#localization", func(all []discordCommand) string {
		if at := first("", all, func(c discordCommand) bool { return c.wrong() }); at != "" {
			return at
		}
		return firstOption(all, func(o discordOption) bool { return o.wrong() })
	}},
	{"nothing completes an attachment", commandDocs + "-option-structure", func(all []discordCommand) string {
		return firstOption(all, func(o discordOption) bool { return o.Type == attachmentOption && o.Autocomplete })
	}},
	{"only a number has a least and a most", commandDocs + "-option-structure", func(all []discordCommand) string {
		return firstOption(all, func(o discordOption) bool {
			return (o.Min != nil || o.Max != nil) && o.Type != integerOption && o.Type != numberOption
		})
	}},
	{"an option's name is of 1 to 32 small letters, digits, - and _", commandDocs + "-naming", func(all []discordCommand) string {
		return firstOption(all, func(o discordOption) bool { return !commandName(o.Name) })
	}},
	{"a description has 1 to 100 characters", commandDocs + "-structure", func(all []discordCommand) string {
		empty := func(s string) bool { return s == "" || characters(s) > 100 }
		if at := first("", all, func(c discordCommand) bool { return c.slash() && empty(c.Description) }); at != "" {
			return at
		}
		return firstOption(all, func(o discordOption) bool { return empty(o.Description) })
	}},
	{"required options stand first", commandDocs + "-option-structure", func(all []discordCommand) string {
		return first("", all, func(c discordCommand) bool {
			return !slices.IsSortedFunc(c.Options, func(a, b discordOption) int { return number(b.Required) - number(a.Required) })
		})
	}},
	{"no option has the name of another", commandDocs + "-option-structure", func(all []discordCommand) string {
		return first("", all, func(c discordCommand) bool {
			var names []string
			for _, o := range c.Options {
				names = append(names, o.Name)
			}
			return repeated("", names) != ""
		})
	}},
	{"at most 25 options, and 25 choices of each", commandDocs + "-option-structure", func(all []discordCommand) string {
		if at := first("", all, func(c discordCommand) bool { return len(c.Options) > 25 }); at != "" {
			return at
		}
		return firstOption(all, func(o discordOption) bool { return len(o.Choices) > 25 })
	}},
	{"an option has either choices or autocompletion", commandDocs + "-option-structure", func(all []discordCommand) string {
		return firstOption(all, func(o discordOption) bool { return o.Autocomplete && len(o.Choices) > 0 })
	}},
	{"a command has at most 8000 characters in all", commandDocs, func(all []discordCommand) string {
		return first("", all, func(c discordCommand) bool {
			n := characters(c.Name + c.Description)
			for _, o := range c.Options {
				n += characters(o.Name + o.Description)
				for _, choice := range o.Choices {
					n += characters(choice.Name + choice.Value)
				}
			}
			return n > 8000
		})
	}},
}

const commandDocs = discordDocs + "interactions/application-commands#application-command-object-application-command"

func firstOption(all []discordCommand, wrong func(discordOption) bool) string {
	for n, c := range all {
		if at := first(fmt.Sprintf("/%d/options", n), c.Options, wrong); at != "" {
			return at
		}
	}
	return ""
}

// commandName is ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$, in small
// letters where there are any.
func commandName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= 32 && strings.ToLower(name) == name && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("-_'", r) && !unicode.In(r, unicode.L, unicode.N, unicode.Devanagari, unicode.Thai)
	})
}

func when(is bool, at string) string {
	if is {
		return at
	}
	return ""
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
