package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"kellybot/bots/cli"
	"kellybot/commands"
	"kellybot/internal/admin"
)

// shell does `imagine` and `models`. The person at the shell gets sentences;
// the log is for those who ask for it with LOG_LEVEL=debug.
func (p *Program) shell(ctx context.Context, name string, args []string) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if cfg.LogLevel == slog.LevelDebug {
		log = p.logger(cfg)
	}
	c, err := newCore(cfg, nil)
	if err != nil {
		return err
	}
	defer c.close()
	shell := cli.New(p.Stdin, p.Stdout, p.Stderr, c.draw)
	if name == "models" {
		return shell.Models(ctx, c.catalog, cfg.DefaultModel, args)
	}
	// Whoever has the program and its key needs no leave to use it.
	drawn, err := shell.Imagine(ctx, c.router(cfg, commands.Access{}, shell, log), args)
	if drawn && c.sandbox != nil {
		fmt.Fprintf(p.Stderr, "The built-in sandbox drew this, not a model: %s to use the real service.\n", howToKelly)
	}
	return err
}

// admin does what the operator asks of the database. What the queue has to
// say beside that is for those who ask for it with LOG_LEVEL=debug.
func (p *Program) admin(ctx context.Context, args []string) error {
	if len(args) == 0 || slices.Contains(args, "-h") || slices.Contains(args, "--help") {
		return p.print(admin.Help)
	}
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if cfg.LogLevel == slog.LevelDebug {
		log = p.logger(cfg)
	}
	policy, err := newPolicy(cfg)
	if err != nil {
		return err
	}
	tool := admin.Tool{Database: databaseURL(cfg), Limits: limits(cfg, policy), Log: log, Print: p.print}
	return tool.Run(ctx, args)
}
