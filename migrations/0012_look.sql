-- Who had a masked value shown in full: one row per value, written before it is sent.
CREATE TABLE look (
    account TEXT   NOT NULL,
    at      BIGINT NOT NULL, -- UTC milliseconds
    case_id BIGINT NOT NULL,
    what    TEXT   NOT NULL, -- whose values, and JSON pointer
    reason  TEXT   NOT NULL
);
CREATE INDEX look_case ON look (case_id, at);
CREATE INDEX look_account ON look (account, at);
