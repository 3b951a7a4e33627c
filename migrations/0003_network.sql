-- Published definitions: matters, network, calendars, parameters. Never changed.
CREATE TABLE definition (
    id        TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    hash      BYTEA  NOT NULL,
    content   TEXT   NOT NULL,
    published BIGINT NOT NULL,
    PRIMARY KEY (id, revision)
);

CREATE TABLE account (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL,
    kind     TEXT   NOT NULL, -- person, system
    secret   TEXT   NOT NULL, -- Argon2 text of the password; empty: no sign-in by password
    posts    TEXT   NOT NULL, -- JSON list of city/department/post
    state    TEXT   NOT NULL, -- active, disabled
    changed  BIGINT NOT NULL
);

-- Sign-ins and API tokens, stored hashed.
CREATE TABLE token (
    hash    BYTEA  NOT NULL PRIMARY KEY,
    account TEXT   NOT NULL,
    kind    TEXT   NOT NULL, -- session, api
    posts   TEXT   NOT NULL, -- JSON list: the account's posts it is narrowed to; empty: all of them
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX token_account ON token (account);

-- Forms begun and not yet handed in, sealed.
CREATE TABLE draft (
    account TEXT   NOT NULL,
    place   TEXT   NOT NULL, -- which form of which matter or task
    sealed  BYTEA  NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (account, place)
);

-- Messages already taken in, so that a repeat changes nothing.
CREATE TABLE inbox (
    source   TEXT   NOT NULL,
    message  TEXT   NOT NULL,
    case_id  BIGINT,
    received BIGINT NOT NULL,
    PRIMARY KEY (source, message)
);
CREATE INDEX inbox_received ON inbox (received);
