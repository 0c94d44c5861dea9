package jobs

import "time"

// A ServiceState is how the picture service stands, as far as requests have
// noticed of late.
type ServiceState string

// The states of the service.
const (
	ServiceUnknown  ServiceState = "nobody has asked it lately"
	ServiceAnswers  ServiceState = "answers"
	ServiceFails    ServiceState = "does not answer"
	ServiceAway     ServiceState = "is away: requests are kept until it is back" // the breaker is open
	ServiceRefusing ServiceState = "refuses the key"
)

const (
	// stillWritable is how old the last heartbeat in the database may be while
	// the database counts as writable: one that takes its time, and the pause.
	stillWritable = beatEvery + deadAfter
	// recently is for how long a failure of the service says something of it.
	recently = 5 * time.Minute
)

// Writable reports whether the database has taken a write within the last
// seconds. It asks nobody: each heartbeat is one.
func (j *Jobs) Writable() bool {
	beat := j.beat.Load()
	return beat != nil && time.Since(*beat) < stillWritable
}

// Storable reports whether there is room for pictures, as far as those that
// were drawn have noticed. It asks nobody.
func (j *Jobs) Storable() bool { return j.noRoom.Load() == 0 }

// ServiceState returns how the picture service stands. It asks nobody.
func (j *Jobs) ServiceState() ServiceState { return j.breaker.state(time.Now()) }

// Waits reports whether another process does what the lease is for, and this
// one is there to take over.
func (j *Jobs) Waits(lease string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.waits[lease]
}

func (j *Jobs) setWaits(lease string, waits bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waits[lease] = waits
}

// Running returns how many requests this process draws and delivers at the
// moment.
func (j *Jobs) Running() (drawing, delivering int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for workflow := range j.running {
		if delivers(workflow) {
			delivering++
		} else {
			drawing++
		}
	}
	return drawing, delivering
}

// state is how the service stands.
func (b *breaker) state(now time.Time) ServiceState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.opened:
		return ServiceAway
	case b.heardAt.IsZero() || now.Sub(b.heardAt) >= recently:
		return ServiceUnknown
	case b.refused:
		return ServiceRefusing
	case b.failures > 0:
		return ServiceFails
	}
	return ServiceAnswers
}
