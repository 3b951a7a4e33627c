-- Other systems that are told by webhook, each for an office.
CREATE TABLE endpoint (
    id      BIGINT NOT NULL PRIMARY KEY,
    place   TEXT   NOT NULL, -- city/department
    url     TEXT   NOT NULL,
    wants   TEXT   NOT NULL, -- JSON list: new, returned, yellow, red, all
    sealed  BYTEA  NOT NULL, -- its secrets
    state   TEXT   NOT NULL, -- on, off
    answer  TEXT,            -- what it said when it was switched off
    changed BIGINT NOT NULL
);

-- Where calls may go: https://host:port, http://host:port, or a range of private addresses.
CREATE TABLE destination (
    entry       TEXT   NOT NULL PRIMARY KEY,
    proposed_by TEXT   NOT NULL,
    approved_by TEXT,            -- the second person; nothing: not in force yet
    changed     BIGINT NOT NULL
);

-- Ways out at whose end nobody answers.
CREATE TABLE outage (
    kind   TEXT   NOT NULL PRIMARY KEY, -- as in outbox
    since  BIGINT NOT NULL,
    answer TEXT   NOT NULL
);

-- When a message was first to leave: what waited for its channel leaves in order of age.
ALTER TABLE outbox ADD COLUMN since BIGINT;
UPDATE outbox SET since = next_at;
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (kind, next_at, since) WHERE state = 'waiting';
