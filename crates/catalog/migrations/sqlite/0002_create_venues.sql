CREATE TABLE venues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organiser_id INTEGER NOT NULL REFERENCES organisers (id),
    name TEXT NOT NULL,
    -- IANA name, as the time zone database spells it.
    time_zone TEXT NOT NULL
) STRICT;
