-- Grows with each change, so that two people do not overwrite each other.
ALTER TABLE events ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
