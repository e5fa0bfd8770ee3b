-- Shown to fans: what it is about.
ALTER TABLE events ADD COLUMN description TEXT;
