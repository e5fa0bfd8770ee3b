CREATE TABLE performances (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    event_id BIGINT NOT NULL REFERENCES events (id),
    venue_id BIGINT NOT NULL REFERENCES venues (id),
    starts_at_ms BIGINT NOT NULL
);
