package jobs

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// RulesOf implements commands.Rules.
func (j *Jobs) RulesOf(ctx context.Context, scopes ...commands.Scope) ([]commands.Rule, error) {
	return j.rules(ctx, j.Store.Read, scopes)
}

func (j *Jobs) rules(ctx context.Context, e store.Execer, scopes []commands.Scope) ([]commands.Rule, error) {
	var rules []commands.Rule
	for _, hash := range j.hashes(scopes) {
		r, err := store.RuleOf(ctx, e, hash)
		if err != nil {
			return nil, err
		}
		rules = append(rules, toldRule(r))
	}
	return rules, nil
}

func toldRule(r store.Rule) commands.Rule {
	return commands.Rule{Banned: r.Banned, Until: r.Until, Reason: r.Reason, Daily: r.Daily, Lifted: r.Lifted}
}

func (j *Jobs) hashes(scopes []commands.Scope) []string {
	var hashes []string
	for _, scope := range scopes {
		hashes = append(hashes, j.Store.Hash(string(scope)))
	}
	return hashes
}

// decideTime bounds a decision: a ban may have a whole full queue to cancel.
const decideTime = 20 * time.Second

// Decide implements commands.Rules. It locks as accepting does, so that nothing
// is accepted between the ban and the cancelling.
func (j *Jobs) Decide(ctx context.Context, scope commands.Scope, change func(*commands.Rule)) error {
	var rounds map[string]int
	bounded, end := context.WithTimeout(ctx, decideTime)
	defer end()
	err := j.Store.InTx(bounded, func(tx *sql.Tx) (err error) {
		rounds, err = j.decide(bounded, tx, scope, change)
		return err
	})
	if err != nil {
		return err
	}
	for id, round := range rounds {
		j.cancelled(ctx, id, round)
	}
	return nil
}

// decide is Decide in the transaction, and returns the rounds of what it cancels.
func (j *Jobs) decide(ctx context.Context, tx *sql.Tx, scope commands.Scope, change func(*commands.Rule)) (map[string]int, error) {
	hash := j.Store.Hash(string(scope))
	if _, err := store.Lock(ctx, tx, day(time.Now())); err != nil {
		return nil, err
	}
	before, err := store.RuleOf(ctx, tx, hash)
	if err != nil {
		return nil, err
	}
	rule := toldRule(before)
	change(&rule)
	after := store.Rule{Subject: string(scope), Banned: rule.Banned, Until: rule.Until, Reason: rule.Reason, Daily: rule.Daily, Lifted: rule.Lifted}
	if err := store.PutRule(ctx, tx, hash, after); err != nil || !rule.Bans(time.Now()) {
		return nil, err
	}
	return j.cancelOf(ctx, tx, scope)
}

// cancelOf cancels what is open of a user, in a chat or on a server, and returns
// the rounds of it.
func (j *Jobs) cancelOf(ctx context.Context, tx *sql.Tx, scope commands.Scope) (map[string]int, error) {
	_, platform, _ := scope.Parts()
	open, err := store.CancellableOn(ctx, tx, platform)
	if err != nil {
		return nil, err
	}
	rounds := map[string]int{}
	for _, row := range open {
		job, unread := j.past(row) // what cannot be read is not drawn either
		if unread != nil || !slices.Contains(job.Request.Scopes(), scope) {
			continue
		}
		round, err := j.cancelIn(ctx, tx, row, "")
		if errors.Is(err, store.ErrGone) { // drawn meanwhile, by another process
			continue
		}
		if err != nil {
			return nil, err
		}
		rounds[row.ID] = round
	}
	return rounds, nil
}

// Move implements commands.Rules.
func (j *Jobs) Move(ctx context.Context, from, to commands.Scope) error {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	return j.Store.InTx(ctx, func(tx *sql.Tx) error {
		if _, err := store.Lock(ctx, tx, day(time.Now())); err != nil {
			return err
		}
		return j.Store.Move(ctx, tx, string(from), string(to))
	})
}

// Decided implements commands.Rules.
func (j *Jobs) Decided(ctx context.Context, skip, limit int) (decided []commands.Decided, others int, err error) {
	rules, others, err := j.Store.Rules(ctx, skip, limit)
	for _, r := range rules {
		decided = append(decided, commands.Decided{Scope: commands.Scope(r.Subject), Rule: toldRule(r)})
	}
	return decided, others, err
}

// Today implements commands.Rules.
func (j *Jobs) Today(ctx context.Context, scopes ...commands.Scope) ([]int, error) {
	return store.Used(ctx, j.Store.Read, day(time.Now()), j.hashes(scopes)...)
}

// Asker implements commands.Rules.
func (j *Jobs) Asker(ctx context.Context, by *commands.Request) (commands.Scope, error) {
	row, _, err := j.Store.Of(ctx, by.Address.Platform, by.Chat.ID, by.Message)
	if errors.Is(err, store.ErrGone) {
		return "", commands.ErrNoPicture
	}
	return asker(row), err
}

// asker is the scope of whoever asked for a request.
func asker(row store.Request) commands.Scope {
	return commands.Scope("user:" + row.Platform + ":" + row.User)
}

// quotas are what is left of the day for by and for by's chat.
func (j *Jobs) quotas(ctx context.Context, by *commands.Request) (quotas []commands.Quota, err error) {
	scopes := by.Scopes()
	rules, err := j.RulesOf(ctx, scopes...)
	if err != nil || by.Admin {
		return nil, err
	}
	used, err := j.Today(ctx, scopes...)
	if err != nil {
		return nil, err
	}
	for i, scope := range scopes {
		if most := j.Policy.Limit(by, scope, rules[i]); most > 0 {
			quotas = append(quotas, commands.Quota{Chat: i > 0, Left: max(most-used[i], 0), Max: most})
		}
	}
	return quotas, nil
}

// counted are the hashed scopes that a request counts for. Of one that cannot
// be read they are its user's.
func (j *Jobs) counted(row store.Request) []string {
	job, err := j.past(row)
	if err != nil {
		return j.hashes([]commands.Scope{asker(row)})
	}
	return j.hashes(job.Request.Scopes())
}

// limitOf refuses what is too much for the user or the chat of a request, or
// comes too soon. Admins may ask for as much as they like.
func (j *Jobs) limitOf(ctx context.Context, tx *sql.Tx, req *commands.Request, rules []commands.Rule, row store.Request) error {
	if req.Admin || row.AskedFor == 0 {
		return nil
	}
	scopes := req.Scopes()
	used, err := store.Used(ctx, tx, day(row.AcceptedAt), j.hashes(scopes)...)
	if err != nil {
		return err
	}
	for i, scope := range scopes {
		most := j.Policy.Limit(req, scope, rules[i])
		if most == 0 || used[i]+row.AskedFor <= most {
			continue
		}
		over := &commands.LimitError{Limit: commands.UserDailyLimit, Max: most, Left: max(most-used[i], 0), Again: untilTomorrow(row.AcceptedAt)}
		if i > 0 {
			over.Limit = commands.ChatDailyLimit
		}
		return over
	}
	if j.Policy.Cooldown == 0 {
		return nil
	}
	last, err := store.LastAsked(ctx, tx, row.Platform, row.User, row.ID)
	if err == nil && last.IsZero() {
		last, err = store.TracedAsked(ctx, tx, j.Store.Hash(string(scopes[0])))
	}
	if err != nil || last.IsZero() {
		return err
	}
	if left := j.Policy.Cooldown - max(row.AcceptedAt.Sub(last), 0); left > 0 {
		return &commands.LimitError{Limit: commands.CooldownLimit, Again: left}
	}
	return nil
}

func untilTomorrow(now time.Time) time.Duration {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}
