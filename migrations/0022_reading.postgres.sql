-- Who read what of a case, had a masked value shown, or took a list away; written before the answer (G70), never changed (G73).
CREATE TABLE reading (
    no         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT NOT NULL, -- UTC milliseconds
    kind       TEXT   NOT NULL, -- read, reveal, export
    account    TEXT   NOT NULL, -- person or system; `applicant`: by link or query code
    posts      TEXT   NOT NULL, -- the posts in which he read, as city/department/post, with a space between
    stands_for TEXT   NOT NULL, -- whose deputy he was; empty: nobody's
    source     TEXT   NOT NULL, -- address of the network it came from; empty: not known
    case_id    BIGINT NOT NULL, -- 0: of no single case
    what       TEXT   NOT NULL, -- part of the case, whose values and JSON pointer, or the query of a list
    reason     TEXT   NOT NULL
);
CREATE INDEX reading_case ON reading (case_id, no);
CREATE INDEX reading_account ON reading (account, kind, at);
CREATE INDEX reading_at ON reading (at, no);

INSERT INTO reading (at, kind, account, posts, stands_for, source, case_id, what, reason)
    SELECT at, 'reveal', account, '', '', '', case_id, what, reason FROM look ORDER BY at;
DROP TABLE look;

CREATE FUNCTION reading_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what was read is never changed or deleted'; END $$;
CREATE TRIGGER reading_is_never_changed BEFORE UPDATE OR DELETE ON reading FOR EACH ROW EXECUTE FUNCTION reading_is_kept();
CREATE TRIGGER reading_is_never_emptied BEFORE TRUNCATE ON reading FOR EACH STATEMENT EXECUTE FUNCTION reading_is_kept();
