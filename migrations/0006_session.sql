-- A sign-in is a token that also knows when it was last used; empty for an API token and for one from before. In the browser its
-- `posts` hold the one post in which its person acts.
ALTER TABLE token ADD COLUMN used BIGINT;

-- How a person wants the pages.
CREATE TABLE preference (
    account TEXT NOT NULL PRIMARY KEY,
    value   TEXT NOT NULL -- JSON
);
