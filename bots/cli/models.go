package cli

import (
	"context"
	"fmt"
	"strings"

	"kellybot/commands"
)

const modelsUsage = `kellybot models [search]

Lists the models, or those whose name holds the words of the search.
`

// Models does `models [search]`: it prints both lists whole, where a chat
// would page through them.
func (s *Shell) Models(ctx context.Context, catalog *commands.Catalog, standard string, args []string) error {
	for _, arg := range args {
		if arg == "-h" || arg == "--help" {
			return s.print(modelsUsage)
		}
	}
	lists, err := catalog.Wait(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && len(lists.All()) == 0 {
		return sentence(commands.Explain(err).String())
	}
	search := strings.Join(args, " ")
	found := lists.Search(search)
	if len(found.All()) == 0 {
		return sentence(fmt.Sprintf("No model's name holds %q: kellybot models lists all.", search))
	}
	var table strings.Builder
	for _, group := range []struct {
		title string
		names []string
	}{{"SD", found.SD}, {"SDXL", found.SDXL}} {
		if len(group.names) == 0 {
			continue
		}
		fmt.Fprintf(&table, "%s models\n", group.title)
		for _, name := range group.names {
			mark := ""
			if strings.EqualFold(name, standard) {
				mark = " (default)"
			}
			fmt.Fprintf(&table, "  %s%s\n", name, mark)
		}
	}
	return s.print(table.String())
}
