-- Cases that wait to be alone with a key: rows of the outbox of kind `alone:KEYED HASH` in the order of asking, `queued`, then
-- `entered`, one of each key at a time; a row of kind `alone`, `left`, takes them away again.
CREATE UNIQUE INDEX outbox_entered ON outbox (kind) WHERE state = 'entered';
CREATE INDEX outbox_queued ON outbox (kind, since, case_id, seq) WHERE state = 'queued';
CREATE INDEX outbox_left ON outbox (case_id, seq) WHERE state = 'left';
