-- How many seats `blocked_json` lists.
ALTER TABLE plans ADD COLUMN blocked_count INTEGER NOT NULL DEFAULT 0;
