-- Red cards stand before yellow ones, each the oldest first: `red` sorts before `yellow` in every order of letters.
DROP INDEX card_open;
CREATE INDEX card_open ON card (level, opened, case_id, no) WHERE closed IS NULL;
