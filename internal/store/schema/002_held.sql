-- What a held request waits for: away, timeout, room; of the newest hold.
ALTER TABLE requests ADD COLUMN held_for TEXT NOT NULL DEFAULT '';

-- The process of the newest attempt: it has the files that it drew.
ALTER TABLE requests ADD COLUMN executor TEXT NOT NULL DEFAULT '';
