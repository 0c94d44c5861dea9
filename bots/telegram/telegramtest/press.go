package telegramtest

import "kellybot/bots/botstest"

// Press implements botstest.Platform. The bot shows no buttons yet.
func (s *Server) Press(botstest.From, int, string) {}
