-- Only the SHA-256 of a token is stored: whoever reads this table cannot sign in with it.
CREATE TABLE sessions (
    token_hash    BYTEA  NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account       BYTEA  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    started_at_ms BIGINT NOT NULL,
    seen_at_ms    BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
