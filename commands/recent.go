package commands

import (
	"context"
	"time"
)

// Recent returns the requester's own pictures that the platform still has, the
// newest first, of which the prompt holds each of the words: at most limit of
// them, from the skip-th on. next is where to go on, or 0 after the last. It is
// for platforms where people choose among pictures while they type, and the
// request is as one in their private chat. Hidden pictures are left out: what is
// chosen so is shown openly (InlineQueryResultCachedPhoto knows no spoiler).
func (r *Router) Recent(ctx context.Context, req *Request, words string, skip, limit int) (found []Picture, next int, err error) {
	r.cfg.Access.recognise(req)
	if err := r.cfg.Access.check(req, false); err != nil || r.cfg.Pictures == nil {
		return nil, 0, err
	}
	if err := Banned(req, loadRules(ctx, r.cfg, req), time.Now()); err != nil {
		return nil, 0, err
	}
	for {
		page, more, err := r.cfg.Pictures.History(ctx, req, words, skip, limit)
		if err != nil {
			return nil, 0, err
		}
		skip += len(page)
		for _, picture := range page {
			if !picture.Deleted && !picture.Job.Spoiler && picture.File.Data != nil {
				found = append(found, picture)
			}
		}
		if !more {
			return found, 0, nil
		}
		if len(found) > 0 {
			return found, skip, nil
		}
	}
}
