package jobs

import (
	"context"
	"time"
)

const (
	leaseTime  = 8 * time.Second
	leaseRenew = time.Second
)

// Hold implements bots.Lease: of several processes on one database, one at a
// time runs what name says. When it dies another does within a few seconds,
// and when it hangs, within leaseTime.
func (j *Jobs) Hold(ctx context.Context, name string, run func(context.Context) error) error {
	if j.Store.Pool == nil {
		return run(ctx) // one process at a time has the file
	}
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	absences := 0
	for ctx.Err() == nil {
		if j.acquire(ctx, name, &absences) {
			absences = 0
			j.setWaits(name, false)
			if err := j.holding(ctx, name, run); err != nil && ctx.Err() == nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// acquire takes the lease when nobody has it, or a process that has ended: one
// that was absent at so many looks in a row as make it sure. It fails quietly:
// watch tells of a database that does not answer.
func (j *Jobs) acquire(ctx context.Context, name string, absences *int) bool {
	has, err := j.Store.Acquire(ctx, name, j.Executor, leaseTime)
	if err != nil || has {
		return has
	}
	j.setWaits(name, true)
	holder, err := j.Store.Holder(ctx, name)
	if err != nil {
		return false
	}
	if absent, err := j.Store.Absent(ctx, holder); err != nil || !absent {
		*absences = 0
		return false
	}
	if *absences++; *absences < surely || j.Store.Release(ctx, name, holder) != nil {
		return false
	}
	has, err = j.Store.Acquire(ctx, name, j.Executor, leaseTime)
	return err == nil && has
}

// holding runs run while the lease can be renewed.
func (j *Jobs) holding(ctx context.Context, name string, run func(context.Context) error) error {
	held, lose := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- run(held) }()
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case err := <-ended:
			lose()
			release, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRenew)
			defer cancel()
			// Without it the lease runs out by itself.
			_ = j.Store.Release(release, name, j.Executor)
			return err
		case <-tick.C:
		}
		bounded, cancel := context.WithTimeout(ctx, leaseRenew)
		has, err := j.Store.Acquire(bounded, name, j.Executor, leaseTime)
		cancel()
		switch {
		case err == nil && has:
			renewed = time.Now()
		case err == nil || time.Since(renewed) > leaseTime-3*leaseRenew:
			// Another has it, or may have it soon.
			j.Log.Warn("this process lost a lease", "lease", name)
			lose()
			return <-ended
		}
	}
}
