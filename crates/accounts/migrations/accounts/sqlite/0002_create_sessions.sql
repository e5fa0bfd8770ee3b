-- Only the SHA-256 of a token is stored: whoever reads this file cannot sign in with it.
CREATE TABLE sessions (
    token_hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account       BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    started_at_ms INTEGER NOT NULL,
    seen_at_ms    INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
