-- The id of a sign-in is made anew when its person proves himself again (G75); by the hash of the first one its forms know each other.
-- Empty: it is still the first.
ALTER TABLE token ADD COLUMN root BYTEA;
