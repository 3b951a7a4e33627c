-- Posts lent to somebody of another city: in which matters, from when to when, who asked for it, why, and who agreed. A row is never
-- taken away: it says by which right somebody acted.
CREATE TABLE lending (
    id          BIGINT NOT NULL PRIMARY KEY,
    person      TEXT   NOT NULL,
    post        TEXT   NOT NULL, -- city/department/post
    matters     TEXT   NOT NULL, -- JSON list
    begins      BIGINT NOT NULL,
    ends        BIGINT NOT NULL, -- the first instant after it
    reason      TEXT   NOT NULL,
    asked_by    TEXT   NOT NULL,
    asked       BIGINT NOT NULL,
    approved_by TEXT,            -- the second person; until then it holds for nobody
    approved    BIGINT,
    ended_by    TEXT             -- who took the post back before its time
);
CREATE INDEX lending_ends ON lending (ends);

CREATE TRIGGER lending_changes_rights AFTER INSERT OR UPDATE OR DELETE ON lending FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
