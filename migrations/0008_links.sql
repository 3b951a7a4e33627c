-- Links by which applicants look at their cases: hashes alone. One of an earlier number than the case now has opens nothing.
CREATE TABLE link (
    hash    BYTEA  NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL,
    times   BIGINT NOT NULL -- how often the link had been made anew
);

-- Wrong query codes in all, by case number and renewal.
CREATE TABLE guess (
    place TEXT   NOT NULL PRIMARY KEY,
    wrong BIGINT NOT NULL
);
