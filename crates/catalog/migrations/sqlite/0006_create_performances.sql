CREATE TABLE performances (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id INTEGER NOT NULL REFERENCES events (id),
    venue_id INTEGER NOT NULL REFERENCES venues (id),
    starts_at_ms INTEGER NOT NULL
) STRICT;
