package store

import (
	"testing"
	"time"
)

// noon is when the tests take place.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func openStore(tb testing.TB, url string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// request is one of the user's in the chat, accepted at noon.
func request(id, user, chat string) Request {
	return Request{ID: id, Short: "s" + id, Platform: "discord", User: user, Chat: chat,
		Body: []byte(`{"prompt":"a fox"}`), Address: []byte(`{"token":"t"}`), SizeClass: "sd/1", State: Waiting, AcceptedAt: noon}
}

func insert(tb testing.TB, s *Store, requests ...Request) {
	tb.Helper()
	for _, r := range requests {
		if fresh, err := Insert(tb.Context(), s.DB, r); err != nil || !fresh {
			tb.Fatalf("insert %s: %v, %v", r.ID, fresh, err)
		}
	}
}

func get(tb testing.TB, s *Store, id string) Request {
	tb.Helper()
	r, err := s.Get(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// must stops the test at an error.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// fill adds n requests in the state, in turn of so many users, two seconds apart.
func fill(tb testing.TB, s *Store, state string, n, users int) {
	tb.Helper()
	_, err := s.DB.ExecContext(tb.Context(), `
		INSERT INTO requests (id, short, platform, user_id, chat_id, body, address, size_class, state, accepted_at, finished_at, message_id)
		WITH RECURSIVE many(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM many WHERE i < $1)
		SELECT 'discord:1:' || CAST($2 AS TEXT) || i, CAST($2 AS TEXT) || i, 'discord', 'user' || (i % $3), 'chat' || (i % $3),
		       '{"prompt":"a red fox in the snow, watercolour, in the light of the morning"}',
		       '{"platform":"discord","channel":"1234567890","token":"aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTA6"}',
		       'sd/1', CAST($2 AS TEXT), 1700000000000 + i * 2000, CASE WHEN CAST($2 AS TEXT) = 'done' THEN 1700000001000 + i * 2000 END,
		       CASE WHEN CAST($2 AS TEXT) IN ('done', 'delivering') THEN CAST($2 AS TEXT) || i END
		FROM many`, n, state, users)
	must(tb, err)
	_, err = s.DB.ExecContext(tb.Context(), `
		INSERT INTO pictures (request_id, n, key, message) SELECT id, 1, message_id || '.png', message_id
		FROM requests WHERE state = $1 AND message_id IS NOT NULL`, state)
	must(tb, err)
	_, err = s.DB.ExecContext(tb.Context(), `ANALYZE`)
	must(tb, err)
}
