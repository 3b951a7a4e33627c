-- The second factor of a person (G57): the secret of his device, sealed, and the last step of time of which a code was taken, so that
-- none counts twice.
CREATE TABLE factor (
    account TEXT   NOT NULL PRIMARY KEY,
    sealed  BYTEA  NOT NULL,
    taken   BIGINT NOT NULL,
    since   BIGINT NOT NULL
);

-- Codes for whoever has lost his device, as SHA-256; each goes as it is used.
CREATE TABLE recovery (
    account TEXT  NOT NULL,
    hash    BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);

-- Factors taken away because their person has lost them: asked for by one security administrator, done by another. No row is ever
-- taken away.
CREATE TABLE factor_reset (
    account  TEXT   NOT NULL,
    asked    BIGINT NOT NULL,
    asked_by TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    done     BIGINT,
    done_by  TEXT,
    PRIMARY KEY (account, asked)
);
