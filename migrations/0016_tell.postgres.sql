-- The last digest of each office: sent, or looked at and found to have nothing to say.
CREATE TABLE digest (
    place TEXT   NOT NULL PRIMARY KEY, -- city/department
    at    BIGINT NOT NULL
);

-- What an office or a post wants to be told and by which channel, where that is not as usual.
CREATE TABLE subscription (
    place   TEXT   NOT NULL, -- city/department or city/department/post
    event   TEXT   NOT NULL, -- new, returned, yellow, red, all
    channel TEXT   NOT NULL, -- email, sms, webhook, bell
    send    TEXT   NOT NULL, -- never, urgent, always
    by_whom TEXT   NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (place, event, channel)
);

-- Messages in the program itself, one row a person; named by the message in the outbox they come from.
CREATE TABLE bell (
    person   TEXT   NOT NULL,
    case_id  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    about    TEXT   NOT NULL, -- what happened
    post     TEXT   NOT NULL, -- as which post he is told
    task     BIGINT,
    for_whom TEXT,            -- the person for whom he is told as a deputy
    seen     BIGINT           -- when he read it
);
CREATE UNIQUE INDEX bell_key ON bell (person, case_id, seq, position);
CREATE INDEX bell_unread ON bell (person, at) WHERE seen IS NULL;
CREATE INDEX bell_newest ON bell (person, at, case_id, seq, position);
CREATE INDEX bell_old ON bell (at);

-- Who is away from when to when, and who stands for him meanwhile. A row is never taken away: it says who acted by which right.
CREATE TABLE absence (
    id         BIGINT NOT NULL PRIMARY KEY,
    person     TEXT   NOT NULL,
    deputy     TEXT   NOT NULL,
    begins     BIGINT NOT NULL,
    ends       BIGINT NOT NULL, -- the first instant after it
    posts      TEXT   NOT NULL, -- JSON list of city/department/post; empty: all he may hand over
    matters    TEXT   NOT NULL, -- JSON list; empty: all
    entered_by TEXT   NOT NULL,
    entered    BIGINT NOT NULL,
    ended_by   TEXT             -- who ended it before its time
);
CREATE INDEX absence_person ON absence (person, begins);
CREATE INDEX absence_ends ON absence (ends);

-- The person for whom a sign-in acts at present.
ALTER TABLE token ADD COLUMN stands_for TEXT;

CREATE TRIGGER absence_changes_rights AFTER INSERT OR UPDATE OR DELETE ON absence FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
CREATE TRIGGER token_stands_for_another AFTER UPDATE OF stands_for ON token FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
