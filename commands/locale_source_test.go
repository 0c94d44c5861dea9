package commands

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// A sentence is a text that the source has in English.
type sentence struct {
	english, many string // many is sayMany's
	limit         int    // characters that it may have; 0 is any number
	at            token.Position
}

// limits are how many characters a fixed text may have, by the field that
// holds it: Discord's limits, but 40 for a label.
var limits = map[string]int{"Summary": 100, "Label": 40, "Title": 45, "Menu": 32}

// keys is where the functions that say something take their English; say is
// any type's own.
var keys = map[string]int{"Say": 0, "refuse": 0, "bold": 0, "say": 0, "sayMany": 1, "Translate": 1}

// sentences returns what the program can say. A text that it cannot find, or
// that nobody could translate, fails the test.
func sentences(t *testing.T) []sentence {
	r := &reader{t: t, set: token.NewFileSet(), constants: map[string]ast.Expr{}}
	var files []*ast.File
	for _, root := range []string{"../commands", "../bots", "../internal/jobs"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (strings.HasSuffix(path, "test") || path == "../bots/cli"): // a shell is spoken to in English
				return filepath.SkipDir
			case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(r.set, path, nil, parser.SkipObjectResolution)
			files = append(files, file)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		ast.Inspect(file, r.declared)
	}
	for _, file := range files {
		ast.Inspect(file, r.said)
	}
	return r.found
}

// A reader looks for sentences.
type reader struct {
	t         *testing.T
	set       *token.FileSet
	constants map[string]ast.Expr // by folder and name
	found     []sentence
}

func (r *reader) errorf(at ast.Node, format string, args ...any) {
	r.t.Errorf("%s: "+format, append([]any{r.set.Position(at.Pos())}, args...)...)
}

func (r *reader) name(id *ast.Ident) string {
	return filepath.Dir(r.set.Position(id.Pos()).Filename) + "." + id.Name
}

func (r *reader) declared(n ast.Node) bool {
	decl, ok := n.(*ast.GenDecl)
	if !ok || decl.Tok != token.CONST {
		return true
	}
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ValueSpec)
		for i, value := range spec.Values {
			r.constants[r.name(spec.Names[i])] = value
		}
	}
	return true
}

// text is the value of a constant expression.
func (r *reader) text(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return r.text(e.X)
	case *ast.BinaryExpr:
		x, first := r.text(e.X)
		y, second := r.text(e.Y)
		return x + y, first && second && e.Op == token.ADD
	case *ast.Ident:
		value, ok := r.constants[r.name(e)]
		if !ok {
			return "", false
		}
		return r.text(value)
	}
	return "", false
}

func (r *reader) said(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		r.call(n)
	case *ast.KeyValueExpr:
		if field, ok := n.Key.(*ast.Ident); ok {
			r.field(field.Name, n.Value)
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if field, ok := to.(*ast.SelectorExpr); ok && len(n.Lhs) == len(n.Rhs) && !calls(n.Rhs[i]) {
				r.field(field.Sel.Name, n.Rhs[i])
			}
		}
	}
	return true
}

// field finds what a field is set to.
func (r *reader) field(name string, value ast.Expr) {
	text, constant := r.text(value)
	switch limit := limits[name]; {
	case name == "Text":
		r.unsaid(value)
	case limit > 0 && constant && text != "":
		r.found = append(r.found, sentence{english: text, limit: limit, at: r.set.Position(value.Pos())})
	case limit > 0 && !constant && name != "Label" && filepath.Dir(r.set.Position(value.Pos()).Filename) == "../commands":
		r.errorf(value, "the %s is no constant: nobody could translate it", name) // a Label may be a name, such as a model's
	}
}

func calls(e ast.Expr) bool {
	_, ok := e.(*ast.CallExpr)
	return ok
}

// words are a piece of a sentence.
var words = regexp.MustCompile(`\pL{2,}[,:]? \pL{2,}`)

// unsaid finds sentences that become text without Say.
func (r *reader) unsaid(value ast.Expr) {
	ast.Inspect(value, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			printed, ok := call.Fun.(*ast.SelectorExpr)
			return ok && printed.Sel.Name == "Sprintf"
		}
		if literal, ok := n.(*ast.BasicLit); ok && words.MatchString(literal.Value) {
			r.errorf(literal, "%s is said in English alone: make it by Say", literal.Value)
		}
		return true
	})
}

func (r *reader) call(call *ast.CallExpr) {
	name := ""
	switch function := call.Fun.(type) {
	case *ast.Ident:
		name = function.Name
	case *ast.SelectorExpr:
		if from, ok := function.X.(*ast.Ident); ok && (from.Name == "commands" || function.Sel.Name == "say") {
			name = function.Sel.Name
		}
	}
	if name == "T" {
		r.unsaid(call.Args[0])
	}
	key, says := keys[name]
	if !says || len(call.Args) <= key {
		return
	}
	found := sentence{at: r.set.Position(call.Pos())}
	var constant bool
	if found.english, constant = r.text(call.Args[key]); !constant {
		fixed, field := call.Args[key].(*ast.SelectorExpr)
		if !(field && limits[fixed.Sel.Name] > 0 || call.Ellipsis.IsValid() || name == "say" || name == "Translate") {
			r.errorf(call, "the sentence is no constant: nobody could translate it")
		}
		return
	}
	if hasLetters(found.english) && strings.TrimSpace(found.english) != found.english {
		r.errorf(call, "%q has white space around it: say that apart", found.english)
	}
	args := len(call.Args) - key - 1
	if name == "sayMany" {
		found.many, _ = r.text(call.Args[key+1]) // and n is the first argument
		if !sameArguments(found.english, found.many) {
			r.errorf(call, "%q and %q take other arguments", found.english, found.many)
		}
	}
	taken := map[int]bool{}
	for _, place := range places(found.english) {
		taken[place.argument] = true
	}
	if wanted := slices.Sorted(maps.Keys(taken)); !call.Ellipsis.IsValid() && (len(wanted) != args || args > 0 && wanted[args-1] != args-1) {
		r.errorf(call, "%q is given %d arguments", found.english, args)
	}
	r.found = append(r.found, found)
}

// hasLetters reports whether there is anything to translate.
func hasLetters(format string) bool {
	return strings.ContainsFunc(strings.ReplaceAll(format, "%s", ""), unicode.IsLetter)
}
