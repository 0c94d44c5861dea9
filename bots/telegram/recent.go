package telegram

// maxRecent is how many updates are remembered at least.
const maxRecent = 1000

// recent remembers of the updates that came last whether each is pending with
// the router.
type recent struct {
	young, old map[int]bool
}

func (r *recent) get(update int) (pending, known bool) {
	if pending, known = r.young[update]; !known {
		pending, known = r.old[update]
	}
	return pending, known
}

func (r *recent) set(update int, pending bool) {
	if len(r.young) == maxRecent || r.young == nil {
		r.young, r.old = map[int]bool{}, r.young
	}
	r.young[update] = pending
}
