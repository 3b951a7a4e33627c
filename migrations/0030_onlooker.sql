-- The post as which the person of a sign-in looks at the pages without holding it, and until when, UTC milliseconds; empty: none.
ALTER TABLE token ADD COLUMN looks_as TEXT;
ALTER TABLE token ADD COLUMN looks_until BIGINT;
