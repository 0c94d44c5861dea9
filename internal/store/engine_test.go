package store

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/internal/store/storetest"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // lets the engine tell SQLite's errors apart
)

// engine starts the engine on the store with a workflow that reports that it
// began, and then waits until end is closed.
func engine(t *testing.T, s *Store) (e dbos.Context, began chan string, end chan bool) {
	t.Helper()
	began, end = make(chan string), make(chan bool)
	config := dbos.Config{AppName: "test", ApplicationVersion: "1", ExecutorID: "me", Logger: slog.New(slog.DiscardHandler)}
	if config.SystemDBPool = s.Pool; s.Pool == nil {
		config.SQLiteSystemDB = s.DB
	}
	e, err := dbos.NewContext(t.Context(), config)
	must(t, err)
	dbos.RegisterWorkflow(e, func(_ dbos.Context, id string) (string, error) {
		began <- id
		<-end
		return "", nil
	}, dbos.WithWorkflowName("work"))
	_, err = dbos.RegisterQueue(e, "queue", dbos.WithWorkerConcurrency(1), dbos.WithQueueBasePollingInterval(10*time.Millisecond))
	must(t, err)
	must(t, s.IndexEngine(t.Context()))
	must(t, s.IndexEngine(t.Context())) // as at the next start
	must(t, dbos.Launch(e))
	t.Cleanup(func() {
		close(end)
		if err := dbos.Shutdown(e, 10*time.Second); err != nil {
			t.Error(err)
		}
	})
	return e, began, end
}

func TestTheEnginesWorkflowsAreSeen(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		e, began, _ := engine(t, s)
		enqueue := func(id string, options ...dbos.EnqueueOption) {
			_, err := dbos.Enqueue[string](e, "queue", "work", id, append(options, dbos.WithEnqueueWorkflowID(id))...)
			must(t, err)
		}
		for _, id := range []string{"later1", "later2"} {
			enqueue(id, dbos.WithEnqueueDelay(time.Hour))
		}
		enqueue("runs")
		<-began
		enqueue("waits")

		claims, err := s.Claims(t.Context())
		must(t, err)
		if len(claims) != 1 || claims[0].Workflow != "runs" || claims[0].Queue != "queue" || claims[0].Executor != "me" ||
			claims[0].Age < -time.Minute || claims[0].Age > time.Hour {
			t.Errorf("what runs is %+v", claims)
		}
		delayed, err := s.Delayed(t.Context(), "queue")
		if want := []string{"later1", "later2"}; err != nil || !slices.Equal(delayed, want) {
			t.Errorf("what waits for its time is %v, %v", delayed, err)
		}
		if delayed, err := s.Delayed(t.Context(), "another"); err != nil || len(delayed) > 0 {
			t.Errorf("in another queue it is %v, %v", delayed, err)
		}
	})
}

func TestTheEnginesPollUsesOurIndex(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	engine(t, s)
	poll := func() string { // as in the engine's DequeueWorkflows
		return explain(t, s, `SELECT workflow_uuid FROM workflow_status
			WHERE queue_name = $1 AND status = $2 AND (application_version = $3 OR application_version IS NULL)
			  AND (application_name = $4 OR application_name IS NULL) AND queue_partition_key = $5
			ORDER BY priority ASC, created_at ASC LIMIT 2`, "queue", "ENQUEUED", "1", "test", "u")
	}
	if plan := poll(); !strings.Contains(plan, "kellybot_dequeue") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("the plan is\n%s", plan)
	}
	_, err := s.DB.Exec(`DROP INDEX kellybot_dequeue`)
	must(t, err)
	if plan := poll(); !strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("our index is not needed any more; without it the plan is\n%s", plan)
	}
}
