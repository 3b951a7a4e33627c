-- Files as they were handed in, each sealed with a key of its own. Where that key lies says whose the file is.
CREATE TABLE upload (
    id      TEXT   NOT NULL PRIMARY KEY, -- random
    kind    TEXT   NOT NULL, -- jpeg, png, pdf
    size    BIGINT NOT NULL, -- bytes of the file
    sha256  TEXT   NOT NULL,
    name    BYTEA  NOT NULL, -- sealed
    content BYTEA  NOT NULL, -- sealed
    preview BYTEA            -- sealed; a picture alone has one
);

-- Files that belong to no case yet; their key is wrapped by the master key.
CREATE TABLE unclaimed (
    id      TEXT   NOT NULL PRIMARY KEY,
    owner   TEXT   NOT NULL, -- account, or applicant/case
    size    BIGINT NOT NULL,
    key     BYTEA  NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX unclaimed_owner ON unclaimed (owner);
CREATE INDEX unclaimed_expires ON unclaimed (expires);

-- Files of a case; their key is wrapped by the case's data key, and is gone with it.
CREATE TABLE attachment (
    id      TEXT   NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL,
    key     BYTEA  NOT NULL
);
CREATE INDEX attachment_case ON attachment (case_id);
