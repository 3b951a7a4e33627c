-- Leaps of the machine's clock while the program ran; what decides cases waits until somebody has confirmed the latest.
CREATE TABLE leap (
    seen      BIGINT NOT NULL PRIMARY KEY, -- what the clock showed, UTC milliseconds
    expected  BIGINT NOT NULL,             -- what it should have shown
    confirmed BIGINT,
    by_whom   TEXT
);
