CREATE TABLE sales (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    -- A performance is put on sale once.
    performance_id BIGINT NOT NULL UNIQUE REFERENCES performances (id),
    plan_id BIGINT NOT NULL REFERENCES plans (id),
    opens_at_ms BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- How many may shop at once (bank counter); null for no such bound.
    capacity BIGINT,
    -- How many enter per interval (theme park); both null or neither.
    rate_count BIGINT,
    rate_interval_seconds BIGINT,
    admissions_max BIGINT,
    grace_seconds BIGINT NOT NULL,
    select_seconds BIGINT NOT NULL,
    pay_seconds BIGINT NOT NULL,
    tickets_per_buyer_max BIGINT NOT NULL,
    CHECK ((rate_count IS NULL) = (rate_interval_seconds IS NULL))
);
