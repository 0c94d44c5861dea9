package discordtest

import "kellybot/bots/botstest"

// Press has a person press a button below message n.
func (s *Server) Press(botstest.From, int, string) {}
