-- What people with a role did. A row is written before it is done. `outcome` says how it ended, and stays empty if that
-- is not known. Rows are never changed otherwise, and an id is never given twice.
CREATE TABLE audit (
    id      BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms   BIGINT NOT NULL,
    account BYTEA  NOT NULL CHECK (length(account) = 16),
    role    TEXT   NOT NULL CHECK (role IN ('organiser', 'operator')),
    action  TEXT   NOT NULL,
    target  TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    outcome TEXT
);
