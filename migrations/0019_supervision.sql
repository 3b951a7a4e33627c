-- The worklist of a post is read from the most urgent on: red before yellow before all others, then whose limit ends first.
DROP INDEX task_by_post;
CREATE INDEX task_by_post ON task (city, department, post, (CASE level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 ELSE 2 END), due, case_id, no);

-- Versions of the calendars, and how far open limits have been worked out anew on each.
CREATE TABLE recount (
    calendar BIGINT NOT NULL PRIMARY KEY, -- version of the calendars
    began    BIGINT NOT NULL,             -- UTC milliseconds
    ended    BIGINT,
    upto     BIGINT NOT NULL,             -- the last case looked at
    cases    BIGINT NOT NULL              -- so many cases in flight were looked at
);

-- Limits that are different by it; the history of the case says the same.
CREATE TABLE moved (
    calendar BIGINT NOT NULL,
    case_id  BIGINT NOT NULL,
    clock    TEXT   NOT NULL,
    was      BIGINT NOT NULL, -- its end before
    due      BIGINT NOT NULL, -- and now
    firm     BIGINT NOT NULL  -- 1: it goes by published calendars
);
CREATE UNIQUE INDEX moved_key ON moved (calendar, case_id, clock);
