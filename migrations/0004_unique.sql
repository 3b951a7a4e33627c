-- One open case of a matter per person or account: the keyed hash of matter and value, while the case is open.
ALTER TABLE case_row ADD COLUMN once BYTEA;
CREATE UNIQUE INDEX case_row_once ON case_row (once) WHERE once IS NOT NULL;
