package jobs

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/internal/store"
)

// run is a workflow's input: ids only, for the engine keeps it.
type run struct {
	ID    string `json:"id"`
	Round int    `json:"round"` // of drawing, or of delivering
	// Deliver is, of a drawing, the round of the delivery that follows.
	Deliver int `json:"deliver,omitempty"`
	// Cancelled is, of a delivery, that it tells the end of a cancelled request.
	Cancelled bool `json:"cancelled,omitempty"`
	// Lost is how often the pictures were drawn and their files lost.
	Lost int `json:"lost,omitempty"`
}

// generateID is the workflow that draws the request in a round.
func generateID(id string, round int) string { return fmt.Sprintf("%s#%d", id, round) }

// deliverID is the workflow of a delivery.
func deliverID(in run) string {
	kind := "d"
	if in.Cancelled {
		kind = "c"
	}
	return fmt.Sprintf("%s#%s%d", in.ID, kind, in.Round)
}

// delivers reports whether the workflow of that id is a delivery.
func delivers(workflow string) bool {
	round := workflow[strings.LastIndexByte(workflow, '#')+1:]
	return strings.HasPrefix(round, "d") || strings.HasPrefix(round, "c")
}

func (j *Jobs) enqueueDelivery(tx *sql.Tx, row store.Request, in run, delay time.Duration) error {
	return j.enqueue(tx, row, deliverQueue, deliverID(in), in, delay)
}

// enqueue adds a workflow to the caller's transaction, to start after the
// delay. One that exists stays as it is.
func (j *Jobs) enqueue(tx *sql.Tx, row store.Request, queue, id string, in run, delay time.Duration) error {
	opts := []dbos.EnqueueOption{dbos.WithEnqueueWorkflowID(id), dbos.WithEnqueueTransaction(tx)}
	partition := row.Platform
	if queue == generateQueue {
		partition += ":" + row.User
		if in.Round == 0 {
			// After the user's requests that were begun and held.
			opts = append(opts, dbos.WithEnqueuePriority(1))
		}
	}
	opts = append(opts, dbos.WithEnqueueQueuePartitionKey(partition))
	if delay > 0 {
		opts = append(opts, dbos.WithEnqueueDelay(delay))
	}
	// The workflow is named like its queue.
	if _, err := dbos.Enqueue[string](j.engine, queue, queue, in, opts...); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}
