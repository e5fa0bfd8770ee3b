CREATE TABLE setup_tokens (
    token_hash    BYTEA  NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    expires_at_ms BIGINT NOT NULL
);
