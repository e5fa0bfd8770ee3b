-- The engines there are. `process` is drawn at each start, so that one that starts again is not taken for the one before.
CREATE TABLE engines (
    name    TEXT        NOT NULL PRIMARY KEY,
    process UUID        NOT NULL UNIQUE,
    http    TEXT        NOT NULL,
    -- What the engine signs with, as a fingerprint: all must have the same keys.
    keys    TEXT        NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);
