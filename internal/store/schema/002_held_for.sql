-- What a held request waits for: away, timeout, room; of the newest hold.
ALTER TABLE requests ADD COLUMN held_for TEXT NOT NULL DEFAULT '';
