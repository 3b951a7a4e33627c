-- Other systems by the name matters ask them: called by `call` steps, and heard when they sign what they send.
CREATE TABLE system (
    name      TEXT   NOT NULL PRIMARY KEY,
    in_force  TEXT,            -- JSON: where it is called, and which messages it may send; nothing: not yet
    wished    TEXT,            -- the same, as it is to be once a second person agrees
    wished_by TEXT,
    sealed    BYTEA  NOT NULL, -- its secrets: of what it is sent, and of what it sends
    state     TEXT   NOT NULL, -- on, off
    changed   BIGINT NOT NULL
);

-- Messages leave in order of age: the oldest of 50,000 is found without looking at the others.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (kind, since, next_at) WHERE state = 'waiting';
