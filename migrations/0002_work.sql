-- Open tasks only; a finished task is deleted here and stays in the history. A task offered to several posts has a row for each.
CREATE TABLE task (
    case_id    BIGINT NOT NULL,
    no         BIGINT NOT NULL, -- unique in its case
    place      BIGINT NOT NULL, -- which of the posts, from 0
    step       TEXT   NOT NULL,
    city       TEXT   NOT NULL,
    department TEXT   NOT NULL,
    post       TEXT   NOT NULL,
    holder     TEXT,
    state      TEXT   NOT NULL, -- open, held, waiting
    level      TEXT   NOT NULL,
    due        BIGINT NOT NULL, -- UTC milliseconds; the greatest number: without limit
    opened     BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX task_key ON task (case_id, no, place);
CREATE INDEX task_by_city ON task (city, due, case_id, no);
CREATE INDEX task_by_department ON task (city, department, due, case_id, no);
CREATE INDEX task_by_post ON task (city, department, post, due, case_id, no);
CREATE INDEX task_by_holder ON task (holder, due, case_id, no) WHERE holder IS NOT NULL;

-- Instants at which a case wants to be asked again.
CREATE TABLE timer (
    case_id BIGINT NOT NULL,
    no      BIGINT NOT NULL,
    due     BIGINT NOT NULL
);
CREATE UNIQUE INDEX timer_key ON timer (case_id, no);
CREATE INDEX timer_due ON timer (due, case_id, no);

-- What is owed to the outside world; named by the event it comes from.
CREATE TABLE outbox (
    case_id  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    state    TEXT   NOT NULL, -- waiting, sent, dead
    attempts BIGINT NOT NULL,
    next_at  BIGINT NOT NULL, -- also the end of a lease
    lease    BIGINT NOT NULL  -- fencing number: grows with every lease
);
CREATE UNIQUE INDEX outbox_key ON outbox (case_id, seq, position);
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 'waiting';

-- Proof that a command was already handled; case 0 for a command that opens a case.
CREATE TABLE receipt (
    case_id  BIGINT NOT NULL,
    caller   TEXT   NOT NULL,
    key_hash BYTEA  NOT NULL,
    body_hash BYTEA NOT NULL,
    answer   TEXT   NOT NULL,
    expires  BIGINT NOT NULL
);
CREATE UNIQUE INDEX receipt_key ON receipt (case_id, caller, key_hash);

-- Running numbers: of cases by city, matter and day, and of papers.
CREATE TABLE counter (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
