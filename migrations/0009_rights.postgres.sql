-- Counts the changes of rights, in the transaction of each, so that every node knows at the next request whether what it remembers
-- still holds. SQLite has a file beside it that grows: looking at a file is cheaper there than asking.
CREATE TABLE rights (version BIGINT NOT NULL);
INSERT INTO rights (version) VALUES (0);
CREATE FUNCTION rights_have_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN UPDATE rights SET version = version + 1; RETURN NULL; END $$;
CREATE TRIGGER account_changes_rights AFTER INSERT OR UPDATE OR DELETE ON account FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
CREATE TRIGGER token_changes_rights AFTER DELETE ON token FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
CREATE TRIGGER token_narrows_rights AFTER UPDATE OF posts ON token FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
CREATE TRIGGER preference_is_remembered_too AFTER INSERT OR UPDATE ON preference FOR EACH STATEMENT EXECUTE FUNCTION rights_have_changed();
