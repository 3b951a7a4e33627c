-- Who did a task: for what somebody has done of late, and for the cases he has left to others.
ALTER TABLE spent ADD COLUMN person TEXT;
CREATE INDEX spent_by_person ON spent (person, done, case_id, no) WHERE person IS NOT NULL;
