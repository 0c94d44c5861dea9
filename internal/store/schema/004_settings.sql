-- What a user or a chat has set, and their styles.
CREATE TABLE settings (
    scope     TEXT PRIMARY KEY,      -- user:PLATFORM:ID or chat:PLATFORM:ID
    body      TEXT NOT NULL          -- JSON
);

-- Requests that buttons ask for, until they are pressed or a day is over.
CREATE TABLE offers (
    id        TEXT PRIMARY KEY,      -- short
    scope     TEXT NOT NULL,         -- the user who may press it, as in settings
    body      TEXT NOT NULL,         -- the request, JSON
    at        BIGINT NOT NULL
);

CREATE INDEX offers_of_scope ON offers (scope, at);
CREATE INDEX offers_at ON offers (at);

-- Its requester wants it forgotten: it goes as soon as it is over.
ALTER TABLE requests ADD COLUMN forgotten BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX requests_forgotten ON requests (id) WHERE forgotten;
