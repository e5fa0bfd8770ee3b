-- What people with a role did. A row is written before it is done. `outcome` says how it ended, and stays empty if that
-- is not known. Rows are never changed otherwise, and an id is never given twice.
CREATE TABLE audit (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    account BLOB    NOT NULL CHECK (length(account) = 16),
    role    TEXT    NOT NULL CHECK (role IN ('organiser', 'operator')),
    action  TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    outcome TEXT
) STRICT;
