-- The id of the picture that the request shows again: it is seen in this chat too.
ALTER TABLE requests ADD COLUMN shows TEXT;
CREATE INDEX requests_shows ON requests (shows, chat_id) WHERE shows IS NOT NULL;

-- The event that cancelled it: delivered once more, that cancels no other.
ALTER TABLE requests ADD COLUMN cancelled_by TEXT;
CREATE UNIQUE INDEX requests_cancelled_by ON requests (cancelled_by) WHERE cancelled_by IS NOT NULL;
