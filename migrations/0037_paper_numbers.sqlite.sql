-- Numbers of papers 文号. Each names the one before it in its series, so the database itself lets none be left out and none be given twice.
CREATE TABLE paper_number (
    series   TEXT   NOT NULL, -- office and year: 中山社保〔2026〕
    running  BIGINT NOT NULL, -- from 1
    previous BIGINT,          -- running less 1; none before the first
    case_id  BIGINT NOT NULL,
    no       BIGINT NOT NULL, -- of the paper in its case
    PRIMARY KEY (series, running),
    FOREIGN KEY (series, previous) REFERENCES paper_number (series, running),
    CHECK (running = coalesce(previous, 0) + 1)
);
CREATE TRIGGER paper_number_is_never_changed BEFORE UPDATE ON paper_number
BEGIN SELECT RAISE(ABORT, 'numbers of papers are never changed'); END;
CREATE TRIGGER paper_number_is_never_deleted BEFORE DELETE ON paper_number
BEGIN SELECT RAISE(ABORT, 'numbers of papers are never deleted'); END;
