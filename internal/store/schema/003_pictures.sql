-- The pictures of a request, as they are drawn.
CREATE TABLE pictures (
    request_id TEXT NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
    n          INTEGER NOT NULL,           -- 1 and on
    key        TEXT NOT NULL,              -- of the original's file
    width      INTEGER NOT NULL DEFAULT 0, -- pixels; 0: unknown
    height     INTEGER NOT NULL DEFAULT 0,
    copied     BOOLEAN NOT NULL DEFAULT FALSE, -- made of the platform's copy of its source
    alt        TEXT NOT NULL DEFAULT '',   -- what it shows, where that was asked; else the prompt says it
    message    TEXT,                       -- the platform's message that shows it, once delivered
    file       TEXT,                       -- the platform's copy, JSON that only the adapter reads
    PRIMARY KEY (request_id, n)
);

INSERT INTO pictures (request_id, n, key) SELECT id, 1, original FROM requests WHERE original IS NOT NULL;
ALTER TABLE requests DROP COLUMN original;

-- Words may also stand beside pictures, or be what was asked for.
ALTER TABLE requests RENAME COLUMN failure TO words;

ALTER TABLE requests ADD COLUMN asked_for INTEGER NOT NULL DEFAULT 1; -- pictures
ALTER TABLE requests ADD COLUMN origin TEXT;       -- the button that asked for it, and of which picture
ALTER TABLE requests ADD COLUMN locale TEXT NOT NULL DEFAULT ''; -- of the requester
ALTER TABLE requests ADD COLUMN link TEXT;         -- to the message, where the platform has links
ALTER TABLE requests ADD COLUMN deleted_at BIGINT; -- the message was deleted by a button

CREATE INDEX requests_of_user ON requests (platform, user_id, accepted_at);
CREATE INDEX requests_of_message ON requests (platform, chat_id, message_id);
CREATE INDEX pictures_of_message ON pictures (message);
