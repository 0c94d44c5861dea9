-- Times are milliseconds since 1970, UTC.

-- One row for each accepted request.
CREATE TABLE requests (
    id            TEXT PRIMARY KEY,      -- the platform's event id: dedupes re-delivery
    short         TEXT NOT NULL UNIQUE,  -- what buttons and /cancel name it by
    platform      TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    chat_id       TEXT NOT NULL,
    body          TEXT,                  -- the request and its job, JSON; NULL once forgotten
    address       TEXT,                  -- the reply address, JSON; NULL once answered
    failure       TEXT,                  -- the reply that says why there is no picture, JSON
    size_class    TEXT NOT NULL,         -- model and size class, for the estimate
    state         TEXT NOT NULL,         -- waiting, drawing, held, delivering, done, failed, cancelled
    round         INTEGER NOT NULL DEFAULT 0, -- times it was held: each has a workflow of its own
    deliver_round INTEGER NOT NULL DEFAULT 0, -- times its delivery was held, likewise
    attempts      INTEGER NOT NULL DEFAULT 0, -- times drawing was begun, over all rounds
    timeouts      INTEGER NOT NULL DEFAULT 0, -- times it was held after a time-out
    original      TEXT,                  -- key of the picture's file, once drawn
    message_id    TEXT,                  -- the platform's, once delivered
    accepted_at   BIGINT NOT NULL,
    started_at    BIGINT,                -- of the newest attempt
    drawn_at      BIGINT,                -- the answer is ready to be delivered
    held_since    BIGINT,                -- of the first failure that held it
    finished_at   BIGINT,
    showing_until BIGINT                 -- a status is being shown, at the latest until then
);

-- Everything that looks at the line: few of all rows are open. SQLite uses a
-- partial index only for queries that repeat its condition word for word.
CREATE INDEX requests_open ON requests (platform, user_id, state)
    WHERE state IN ('waiting', 'drawing', 'held', 'delivering');

-- Pruning.
CREATE INDEX requests_finished ON requests (finished_at) WHERE finished_at IS NOT NULL;

-- How many pictures were asked for on a day, in UTC, and not given back.
CREATE TABLE usage (
    day           TEXT NOT NULL,         -- 2026-01-31
    scope         TEXT NOT NULL,         -- '' is the whole bot
    pictures      BIGINT NOT NULL,
    PRIMARY KEY (day, scope)
);

-- The last deliveries of each model and size class: slots are used in turn.
CREATE TABLE durations (
    size_class    TEXT NOT NULL,
    slot          INTEGER NOT NULL,
    number        BIGINT NOT NULL,       -- counts deliveries, whatever the clock does
    took          BIGINT NOT NULL,       -- milliseconds
    at            BIGINT NOT NULL,
    PRIMARY KEY (size_class, slot)
);

-- Processes that are alive, by the database's clock: those of machines differ.
CREATE TABLE heartbeats (
    executor      TEXT PRIMARY KEY,
    seen          BIGINT NOT NULL
);

-- What one process at a time may do, by the database's clock.
CREATE TABLE leases (
    name          TEXT PRIMARY KEY,
    executor      TEXT NOT NULL,
    until         BIGINT NOT NULL
);
