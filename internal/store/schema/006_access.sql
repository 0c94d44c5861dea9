-- Random keys of this database's own.
CREATE TABLE secrets (
    name      TEXT PRIMARY KEY,
    value     TEXT NOT NULL
);

-- What admins have decided about users, chats and servers.
CREATE TABLE rules (
    scope     TEXT PRIMARY KEY,      -- hashed: it holds after /forget as well
    subject   TEXT,                  -- user:PLATFORM:ID or chat:PLATFORM:ID; NULL once forgotten
    banned    BOOLEAN NOT NULL DEFAULT FALSE,
    until     BIGINT,                -- of the ban; NULL: until it is lifted
    reason    TEXT NOT NULL DEFAULT '', -- of the ban
    daily     INTEGER,               -- pictures a day, 0: any number; NULL: as for all
    lifted    BOOLEAN NOT NULL DEFAULT FALSE -- the negative prompt's guard, for a chat
);

-- Pictures that people have told the admins of. usage.scope is hashed as well.
CREATE TABLE reports (
    id        TEXT PRIMARY KEY,      -- short
    picture   TEXT NOT NULL,         -- its id
    scope     TEXT NOT NULL,         -- who reported it, hashed
    body      TEXT NOT NULL,         -- JSON
    at        BIGINT NOT NULL,
    UNIQUE (picture, scope)
);

CREATE INDEX reports_of_scope ON reports (scope, at);
CREATE INDEX reports_at ON reports (at);
