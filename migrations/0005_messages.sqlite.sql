-- What the other side last said, for whoever looks after what does not arrive.
ALTER TABLE outbox ADD COLUMN answer TEXT;
-- Each channel waits for itself. The states of a message: waiting, sent, obsolete (its reason had gone), dead.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (kind, next_at) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (kind) WHERE state = 'dead';

-- Papers as they were issued: text, page and hash, sealed with the key of the case. Never changed.
CREATE TABLE paper (
    case_id BIGINT NOT NULL,
    no      BIGINT NOT NULL, -- unique in its case
    sealed  BYTEA  NOT NULL
);
CREATE UNIQUE INDEX paper_key ON paper (case_id, no);
CREATE TRIGGER paper_is_never_changed BEFORE UPDATE ON paper
BEGIN SELECT RAISE(ABORT, 'papers are never changed'); END;
CREATE TRIGGER paper_is_never_deleted BEFORE DELETE ON paper
BEGIN SELECT RAISE(ABORT, 'papers are never deleted'); END;
