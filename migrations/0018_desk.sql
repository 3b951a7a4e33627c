-- By what a case is found beside its number and its link: keyed hashes of who applies, written once with the link it begins with.
ALTER TABLE link ADD COLUMN person BIGINT;   -- of the ID number
ALTER TABLE link ADD COLUMN name BIGINT;
ALTER TABLE link ADD COLUMN initials BIGINT; -- of the name as it is read
ALTER TABLE link ADD COLUMN channel TEXT;    -- the way it came
CREATE INDEX link_case ON link (case_id, channel) WHERE channel IS NOT NULL;
CREATE INDEX link_person ON link (person, case_id) WHERE person IS NOT NULL;
CREATE INDEX link_name ON link (name, case_id) WHERE name IS NOT NULL;
CREATE INDEX link_initials ON link (initials, case_id) WHERE initials IS NOT NULL;

-- The number of the case from which a file that waits was taken over, sealed; none if it was sent.
ALTER TABLE unclaimed ADD COLUMN origin BYTEA;

-- Cases that somebody follows.
CREATE TABLE follow (
    account TEXT   NOT NULL,
    case_id BIGINT NOT NULL,
    since   BIGINT NOT NULL -- UTC milliseconds
);
CREATE UNIQUE INDEX follow_key ON follow (account, case_id);

-- Notes of an office among itself on a case, sealed with the key of the case. They are no part of its history.
CREATE TABLE note (
    case_id    BIGINT NOT NULL,
    at         BIGINT NOT NULL, -- UTC milliseconds
    account    TEXT   NOT NULL,
    city       TEXT   NOT NULL,
    department TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL
);
CREATE UNIQUE INDEX note_key ON note (case_id, at);
