-- The worklist of a post is read from the most urgent on: red before yellow before all others, then whose limit ends first.
DROP INDEX task_by_post;
CREATE INDEX task_by_post ON task (city, department, post, (CASE level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 ELSE 2 END), due, case_id, no);
