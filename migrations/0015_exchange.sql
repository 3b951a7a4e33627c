-- Other deployments, as two persons put them on record: what one proposes is in force once another has approved exactly that.
CREATE TABLE peer (
    name        TEXT   NOT NULL,
    state       TEXT   NOT NULL, -- proposed, approved
    content     TEXT   NOT NULL, -- JSON: address, cities, keys
    hash        TEXT   NOT NULL, -- SHA-256 of it
    proposed_by TEXT   NOT NULL,
    approved_by TEXT,
    changed     BIGINT NOT NULL,
    PRIMARY KEY (name, state)
);

-- Envelopes that came from other deployments, with the receipts given for them. An early one waits for those before it.
CREATE TABLE envelope (
    peer     TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    subject  TEXT   NOT NULL, -- the exchange: number of the case and of the letter in it, where the letter comes from
    side     TEXT   NOT NULL, -- who speaks: sender or receiver of the letter
    sequence BIGINT NOT NULL, -- among all that this side says in the exchange, from 1
    state    TEXT   NOT NULL, -- waiting, done, late
    received BIGINT NOT NULL,
    sealed   BYTEA  NOT NULL, -- the envelope and its signature
    receipt  TEXT   NOT NULL, -- the receipt and its signature, JSON
    note     TEXT,            -- why it had no effect
    PRIMARY KEY (peer, id)
);
CREATE UNIQUE INDEX envelope_sequence ON envelope (peer, subject, side, sequence);
CREATE INDEX envelope_waiting ON envelope (received) WHERE state = 'waiting';

-- What was turned away at the door, by hour: nobody can fill the store with it.
CREATE TABLE turned_away (
    peer   TEXT   NOT NULL, -- whose key it named; empty: nobody's
    why    TEXT   NOT NULL,
    hour   BIGINT NOT NULL,
    times  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    sha256 TEXT   NOT NULL, -- of the last one
    PRIMARY KEY (peer, why, hour)
);
CREATE INDEX turned_away_last ON turned_away (last);
