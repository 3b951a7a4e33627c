-- What has happened, one row for every command; nothing here is ever changed.
CREATE TABLE event (
    case_id   BIGINT NOT NULL,
    first_seq BIGINT NOT NULL, -- number of the first event of the row
    seq       BIGINT NOT NULL, -- number of its last event
    at        BIGINT NOT NULL, -- UTC milliseconds
    actor     TEXT   NOT NULL,
    facts     TEXT   NOT NULL, -- list of events as JSON
    sealed    BYTEA,           -- what of them is encrypted
    prev      BYTEA  NOT NULL, -- hash of the row before
    hash      BYTEA  NOT NULL,
    tx        BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint) -- transaction: the order for other systems; SQLite has its rowid
);
CREATE UNIQUE INDEX event_key ON event (case_id, first_seq);
CREATE INDEX event_tx ON event (tx);

-- A case as it stands, derived from its events.
CREATE TABLE case_row (
    id        BIGINT NOT NULL PRIMARY KEY,
    number    TEXT   NOT NULL,
    matter    TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    status    TEXT   NOT NULL,
    version   BIGINT NOT NULL, -- number of its last event
    accepting TEXT   NOT NULL, -- city that took it in
    deciding  TEXT   NOT NULL, -- city that decides it
    level     TEXT   NOT NULL,
    due       BIGINT,
    parent    BIGINT,
    key       BYTEA,           -- data key, wrapped by the master key; gone once erased
    opened    BIGINT NOT NULL,
    closed    BIGINT
);
CREATE UNIQUE INDEX case_row_number ON case_row (number);
CREATE INDEX case_row_parent ON case_row (parent) WHERE parent IS NOT NULL;

CREATE FUNCTION event_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END $$;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_is_kept();
CREATE TRIGGER event_is_never_emptied BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION event_is_kept();
