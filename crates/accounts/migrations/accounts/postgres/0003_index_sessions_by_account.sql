CREATE INDEX sessions_by_account ON sessions (account, started_at_ms);
