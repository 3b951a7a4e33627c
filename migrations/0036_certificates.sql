-- Certificates of recognition (一网互认) by the keyed hash of their kind and of the ID number of the person they are about. What a certificate
-- says lies in the history of its case.
CREATE TABLE certificate (
    case_id BIGINT NOT NULL PRIMARY KEY, -- the case that gave it
    sought  BIGINT NOT NULL,
    until   BIGINT NOT NULL              -- the first moment in which it is in force no more, UTC milliseconds
);
CREATE INDEX certificate_sought ON certificate (sought, until);
