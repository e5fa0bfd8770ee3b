-- Who writes which sale, and until when. `term` grows with each change of hands.
CREATE TABLE leases (
    sale        BIGINT      NOT NULL PRIMARY KEY,
    term        BIGINT      NOT NULL,
    process     UUID        NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    -- The engine an operator wants it to be at.
    wanted      TEXT
);
