// Package admin is what an operator asks of the database, beside a running bot
// or without one: kellybot admin. It shows ids, and never what people wrote.
package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"kellybot/internal/jobs"
	"kellybot/internal/store"
)

// Help explains the commands.
const Help = `kellybot admin looks after the requests in the database, while the bot runs or not.

  kellybot admin queue                         What is not answered yet
  kellybot admin jobs [--failed] [--limit N]   The newest requests, 20 unless you say otherwise
  kellybot admin retry ID                      Draw a failed, refused or cancelled request again
  kellybot admin cancel ID                     Cancel a request that waits, is drawn or is held
  kellybot admin stats [--days N]              Days in numbers, 30 unless you say otherwise
  kellybot admin backup FILE                   Copy a SQLite database into a new file

Each has --json. The database is the one of the settings: give it the same as
the bot. ID is what people see in a picture's caption. Who serves draws what is
retried, at its next start if need be, and its user gets the answer.
`

// A UsageError is a sentence about a command line that is wrong.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// A Tool is kellybot admin with what it needs.
type Tool struct {
	Database string      // as store.OpenBeside takes it
	Limits   jobs.Limits // on what is retried
	Log      *slog.Logger
	Print    func(text string) error
}

// arguments are a command line after the command's name.
type arguments struct {
	json, failed bool
	limit, days  int
	operand      string // an ID or a FILE
}

// An outcome is what a command says: as a table or a sentence, and as JSON.
type outcome interface{ write(w io.Writer) }

type command struct {
	name    string
	operand string   // what it needs, such as ID; "" for nothing
	options []string // beside --json
	run     func(*Tool, context.Context, *store.Store, arguments) (outcome, error)
}

var all = []command{
	{name: "queue", run: (*Tool).queue},
	{name: "jobs", options: []string{"--failed", "--limit"}, run: (*Tool).latest},
	{name: "retry", operand: "ID", run: (*Tool).retry},
	{name: "cancel", operand: "ID", run: (*Tool).cancel},
	{name: "stats", options: []string{"--days"}, run: (*Tool).stats},
	{name: "backup", operand: "FILE", run: (*Tool).backup},
}

// Run runs the command line, which is what stands after "admin" and is not empty.
func (t *Tool) Run(ctx context.Context, line []string) error {
	i := slices.IndexFunc(all, func(c command) bool { return c.name == line[0] })
	if i < 0 {
		return UsageError(fmt.Sprintf("there is no command %q: kellybot admin lists them", "admin "+line[0]))
	}
	args, err := all[i].parse(line[1:])
	if err != nil {
		return err
	}
	db, err := store.OpenBeside(ctx, t.Database)
	if err != nil {
		return err
	}
	said, err := all[i].run(t, ctx, db, args)
	_ = db.Close() // whatever was written is, and the engine may have closed it
	if err != nil {
		return err
	}
	var text strings.Builder
	if args.json {
		encoder := json.NewEncoder(&text)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(said); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	} else {
		said.write(&text)
	}
	return t.Print(text.String())
}

func (c command) parse(line []string) (arguments, error) {
	args := arguments{limit: 20, days: 30}
	for len(line) > 0 {
		word := line[0]
		line = line[1:]
		option, value, given := strings.Cut(word, "=")
		if !slices.Contains(append(c.options, "--json"), option) {
			if strings.HasPrefix(word, "-") || c.operand == "" || args.operand != "" {
				return args, UsageError(fmt.Sprintf("admin %s does not take %q: kellybot admin explains it", c.name, word))
			}
			args.operand = word
			continue
		}
		number := map[string]*int{"--limit": &args.limit, "--days": &args.days}[option]
		switch {
		case number == nil && given:
			return args, UsageError(option + " takes no value")
		case option == "--json":
			args.json = true
		case option == "--failed":
			args.failed = true
		default:
			if !given && len(line) > 0 {
				value, line = line[0], line[1:]
			}
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 10_000 {
				return args, UsageError(option + " needs a number from 1 to 10000, such as " + option + " 7")
			}
			*number = n
		}
	}
	if c.operand != "" && args.operand == "" {
		return args, UsageError(fmt.Sprintf("admin %s needs the %s, as in kellybot admin %[1]s %[2]s", c.name, c.operand))
	}
	return args, nil
}

// table writes rows of cells in columns, the names of these first.
func table(w io.Writer, names string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.ReplaceAll(names, ",", "\t")))
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush() // into memory
}

// moment is a time in the zone of whoever reads it; "-" when it has not come.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// span is a duration as people read it; "-" of nil.
func span(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	d := time.Duration(*seconds * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// between is how many seconds lie between two times, at least 0; nil when one
// of them has not come.
func between(from, to time.Time) *float64 {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	return new(max(to.Sub(from), 0).Seconds())
}
