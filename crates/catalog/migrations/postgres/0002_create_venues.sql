CREATE TABLE venues (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organiser_id BIGINT NOT NULL REFERENCES organisers (id),
    name TEXT NOT NULL,
    -- IANA name, as the time zone database spells it.
    time_zone TEXT NOT NULL
);
