-- Every key that a deployment was known by, also after it signs with another: what it signed stays provable.
CREATE TABLE known_key (
    peer TEXT NOT NULL, -- as it is called here; empty: this one
    key  TEXT NOT NULL,
    PRIMARY KEY (peer, key)
);
