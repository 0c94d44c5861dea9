package playground

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"time"

	"kellybot/commands"
)

// An offered is a command as the page suggests it.
type offered struct {
	Name     string   `json:"name"`
	Summary  string   `json:"summary"`
	Argument string   `json:"argument,omitempty"`
	Options  []option `json:"options"`
}

type option struct {
	Name     string `json:"name"`
	Flag     string `json:"flag"`
	Value    string `json:"value,omitempty"` // what stands for it
	Summary  string `json:"summary"`
	Complete bool   `json:"complete,omitempty"` // values can be asked for
}

// hello tells the page what it needs to begin.
func (a *Adapter) hello(w http.ResponseWriter, r *http.Request, visitor string) {
	said := struct {
		Token     string    `json:"token"`
		Visitor   string    `json:"visitor"`
		Commands  []offered `json:"commands"`
		Sandbox   bool      `json:"sandbox"`
		Login     bool      `json:"login"` // there is something to sign out of
		MaxTyped  int       `json:"max_typed"`
		MaxUpload int       `json:"max_upload"`
	}{a.cookies.token(visitor), visitor, []offered{}, a.sandbox, a.door != nil, maxTyped, maxUpload}
	language := locale(r)
	for _, command := range a.router.Commands(Name) {
		one := offered{
			Name: command.Name, Summary: commands.Translate(language, command.Summary),
			Argument: command.Argument.Name, Options: []option{},
		}
		for _, o := range command.Options {
			if o.Flag != "" {
				one.Options = append(one.Options, option{o.Name, o.Flag, o.Value, commands.Translate(language, o.Summary), o.Complete != nil})
			}
		}
		said.Commands = append(said.Commands, one)
	}
	tell(w, said)
}

// maxValues is how many values are offered at once.
const maxValues = 8

// complete offers values for an option that is being typed.
func (a *Adapter) complete(w http.ResponseWriter, r *http.Request, visitor string) {
	values := []string{} // never null
	query := r.URL.Query()
	if command := a.router.Command(Name, query.Get("command")); command != nil {
		n := slices.IndexFunc(command.Options, func(o commands.Option) bool {
			return o.Complete != nil && o.Flag == query.Get("option")
		})
		if n >= 0 {
			req := a.newRequest(r, visitor, address{Chat: visitor})
			req.Command = command.Name
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			defer cancel()
			found := command.Options[n].Complete(ctx, req, query.Get("typed"))
			values = append(values, found[:min(len(found), maxValues)]...)
		}
	}
	tell(w, values)
}

// file sends a file of the visitor's chat. No other is found.
func (a *Adapter) file(w http.ResponseWriter, r *http.Request, visitor string) {
	c, err := a.store.read(visitor)
	if err != nil {
		a.fault(w, r, "reading a chat", err)
		return
	}
	f, ok := c.file(r.PathValue("file"))
	if !ok {
		decline(w, http.StatusNotFound, "This file is no longer kept: ask for the picture again.")
		return
	}
	body, _, err := a.store.open(remote{visitor, f.ID})
	if err != nil {
		a.fault(w, r, "reading a file", err)
		return
	}
	defer body.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(uploadTime)) // else the server's stands
	how := "attachment"
	if isPicture(f.Type) && !r.URL.Query().Has("download") {
		how = "inline"
	}
	header := w.Header()
	header.Set("Content-Type", f.Type)
	header.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	// A browser keeps it, and asks whether it still may show it.
	header.Set("Cache-Control", "private, no-cache")
	header.Set("ETag", `"`+f.ID+`"`)
	http.ServeContent(w, r, "", time.Time{}, body)
}

// isPicture reports whether the page shows the type as a picture.
func isPicture(kind string) bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/webp", "image/gif"}, kind)
}
