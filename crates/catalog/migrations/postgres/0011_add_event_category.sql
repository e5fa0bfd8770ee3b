-- One of a fixed list, so that fans can filter by it.
ALTER TABLE events ADD COLUMN category TEXT;
