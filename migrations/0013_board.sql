-- Since when a case is in its state. Its level is the worst of all its limits, as a row of a list shows it; of an ended case it is
-- red if it ended late.
ALTER TABLE case_row ADD COLUMN since BIGINT;

-- Numbers of the board and the lists behind them. Each index holds the cases in flight alone, so that closed work never slows them.
CREATE INDEX case_row_accepting ON case_row (accepting, deciding) WHERE closed IS NULL;
CREATE INDEX case_row_deciding ON case_row (deciding, accepting) WHERE closed IS NULL;
CREATE INDEX case_row_level ON case_row (level, accepting, deciding) WHERE closed IS NULL AND level IN ('yellow', 'red');
CREATE INDEX case_row_due ON case_row (due, accepting, deciding) WHERE closed IS NULL;
CREATE INDEX case_row_urgent ON case_row (coalesce(due, 9223372036854775807), id) WHERE closed IS NULL;
CREATE INDEX case_row_status ON case_row (status, since) WHERE closed IS NULL AND status IN ('correction', 'suspended', 'fault');
CREATE INDEX case_row_matter ON case_row (matter, revision) WHERE closed IS NULL;
CREATE INDEX case_row_ended ON case_row (closed, accepting, deciding, level) WHERE closed IS NOT NULL;

-- Cards, closed ones too: a card is a record. Who has the work changes with the case.
CREATE TABLE card (
    case_id    BIGINT NOT NULL,
    no         BIGINT NOT NULL, -- unique in its case
    level      TEXT   NOT NULL, -- yellow, red
    clock      TEXT   NOT NULL,
    step       TEXT   NOT NULL, -- where the work is, or was last; empty: nowhere
    city       TEXT   NOT NULL,
    department TEXT   NOT NULL,
    post       TEXT   NOT NULL,
    holder     TEXT,
    opened     BIGINT NOT NULL,
    explained  BIGINT,
    pursued    BIGINT,          -- asked by a supervisor and not answered yet
    closed     BIGINT
);
CREATE UNIQUE INDEX card_key ON card (case_id, no);
CREATE INDEX card_open ON card (opened, case_id, no) WHERE closed IS NULL;

-- Tasks that were done: how long each took.
CREATE TABLE spent (
    case_id BIGINT NOT NULL,
    no      BIGINT NOT NULL,
    matter  TEXT   NOT NULL,
    step    TEXT   NOT NULL,
    city    TEXT   NOT NULL,
    opened  BIGINT NOT NULL,
    done    BIGINT NOT NULL
);
CREATE UNIQUE INDEX spent_key ON spent (case_id, no);
CREATE INDEX spent_by_matter ON spent (matter, done);
