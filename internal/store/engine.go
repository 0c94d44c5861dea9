package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// IndexEngine adds an index to the engine's table on SQLite. The engine's own
// are partial (status IN …), and SQLite does not see that its queries, which
// bind the status, are within them: it would read the whole table at every poll.
func (s *Store) IndexEngine(ctx context.Context) error {
	if s.Pool != nil {
		return nil
	}
	if _, err := s.DB.ExecContext(ctx, `CREATE INDEX IF NOT EXISTS kellybot_dequeue
		ON workflow_status (queue_name, status, queue_partition_key, priority, created_at)`); err != nil {
		return fmt.Errorf("index the engine's queues: %w", err)
	}
	return nil
}

// A Claim is a workflow that an executor took from its queue and has not ended.
type Claim struct {
	Workflow, Queue, Executor string
	Age                       time.Duration // since it was taken, by the database's clock
}

// Claims returns all running workflows, of all processes.
func (s *Store) Claims(ctx context.Context) ([]Claim, error) {
	rows, err := s.Read.QueryContext(ctx, s.render(`SELECT workflow_uuid, queue_name, coalesce(executor_id, ''), @now - updated_at
		FROM @workflows WHERE status = 'PENDING' AND queue_name IS NOT NULL`))
	claims, err := collect(rows, err, func(rows *sql.Rows) (c Claim, err error) {
		var age int64
		err = rows.Scan(&c.Workflow, &c.Queue, &c.Executor, &age)
		c.Age = time.Duration(age) * time.Millisecond
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("list running workflows: %w", err)
	}
	return claims, nil
}

// Ahead returns the ids of the workflows that wait for their time since a
// moment that is more than the margin in the future, by the database's clock:
// it was put back, and their time as well lies too far off.
func (s *Store) Ahead(ctx context.Context, margin time.Duration) ([]string, error) {
	rows, err := s.Read.QueryContext(ctx, s.render(`SELECT workflow_uuid FROM @workflows
		WHERE status = 'DELAYED' AND created_at > @now + $1 ORDER BY created_at`), margin.Milliseconds())
	ids, err := collect(rows, err, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("list workflows from the future: %w", err)
	}
	return ids, nil
}

// Delayed returns the ids of a queue's workflows that wait for their time, the
// oldest first.
func (s *Store) Delayed(ctx context.Context, queue string) ([]string, error) {
	rows, err := s.Read.QueryContext(ctx, s.render(`SELECT workflow_uuid FROM @workflows
		WHERE status = 'DELAYED' AND queue_name = $1 ORDER BY created_at`), queue)
	ids, err := collect(rows, err, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("list held workflows: %w", err)
	}
	return ids, nil
}

// An Orphan is a request that its workflow has left behind: the workflow is
// over, and the request is not.
type Orphan struct {
	ID       string
	Round    int
	Delivery bool // of delivering, and not of drawing
}

// Orphans returns the requests whose workflow of the present round is over. A
// workflow changes its request before it ends, so none of them is about to go on.
func (s *Store) Orphans(ctx context.Context) ([]Orphan, error) {
	rows, err := s.Read.QueryContext(ctx, s.render(`
		SELECT r.id, r.round, 0 FROM requests r JOIN @workflows w ON w.workflow_uuid = r.id || '#' || r.round
		WHERE r.state IN ('waiting', 'drawing', 'held') AND w.status IN ('SUCCESS', 'ERROR', 'CANCELLED')
		UNION ALL
		SELECT r.id, r.deliver_round, 1 FROM requests r JOIN @workflows w ON w.workflow_uuid = r.id || '#d' || r.deliver_round
		WHERE r.state = 'delivering' AND w.status IN ('SUCCESS', 'ERROR', 'CANCELLED')`))
	orphans, err := collect(rows, err, func(rows *sql.Rows) (o Orphan, err error) {
		var delivery int
		err = rows.Scan(&o.ID, &o.Round, &delivery)
		o.Delivery = delivery == 1
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for requests left behind: %w", err)
	}
	return orphans, nil
}
