-- When somebody who was forgotten had asked or reported last, for as long as
-- that counts.
CREATE TABLE traces (
    scope     TEXT NOT NULL,         -- hashed, as in rules
    what      TEXT NOT NULL,         -- asked or reported
    at        BIGINT NOT NULL
);

CREATE INDEX traces_of_scope ON traces (scope, what, at);
