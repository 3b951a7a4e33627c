-- Every change of what a person may do, asked for on the pages: whoever gives something asks, and a second person agrees (G54); whoever
-- takes something away does it at once. No row is ever taken away.
CREATE TABLE rights_change (
    id         BIGINT NOT NULL PRIMARY KEY,
    act        TEXT   NOT NULL, -- add, give, take, disable, enable
    account    TEXT   NOT NULL,
    name       TEXT   NOT NULL, -- of somebody who is added; else empty
    post       TEXT   NOT NULL, -- city/department/post; empty where it is about the account
    reason     TEXT   NOT NULL,
    asked      BIGINT NOT NULL, -- UTC milliseconds
    asked_by   TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- asked, done, dropped
    settled    BIGINT,
    settled_by TEXT
);
CREATE INDEX rights_change_by_time ON rights_change (asked);
