package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// keyed are the methods of slog whose arguments are keys and values, by how
// many others come first.
var keyed = map[string]int{"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "With": 0, "Log": 3}

// logKeys are the keys that the source writes into the log.
func logKeys(t *testing.T) map[string]token.Position {
	t.Helper()
	keys, files := map[string]token.Position{}, token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "bin") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			first, ok := keyed[method.Sel.Name]
			if !ok || !isLog(method.X) {
				return true
			}
			for i := first; i < len(call.Args); i += 2 {
				if literal, ok := call.Args[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					key, _ := strconv.Unquote(literal.Value)
					keys[key] = files.Position(literal.Pos())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// isLog reports whether the expression is one that is named like a log.
func isLog(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "log"
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "log")
	}
	return false
}

func TestTheDocumentExplainsEveryKeyOfTheLog(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n| key | |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	explained := map[string]bool{}
	for row := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, match := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cell, -1) {
			explained[match[1]] = true
		}
	}
	keys := logKeys(t)
	for key, at := range keys {
		if !explained[key] {
			t.Errorf("%s: the key %s is not explained", at, key)
		}
	}
	if _, ok := keys["platform"]; !ok || len(keys) < 20 {
		t.Errorf("only %d keys are found", len(keys))
	}
}
