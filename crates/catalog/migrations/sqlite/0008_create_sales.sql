CREATE TABLE sales (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- A performance is put on sale once.
    performance_id INTEGER NOT NULL UNIQUE REFERENCES performances (id),
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    opens_at_ms INTEGER NOT NULL,
    currency TEXT NOT NULL,
    -- How many may shop at once (bank counter); null for no such bound.
    capacity INTEGER,
    -- How many enter per interval (theme park); both null or neither.
    rate_count INTEGER,
    rate_interval_seconds INTEGER,
    admissions_max INTEGER,
    grace_seconds INTEGER NOT NULL,
    select_seconds INTEGER NOT NULL,
    pay_seconds INTEGER NOT NULL,
    tickets_per_buyer_max INTEGER NOT NULL,
    CHECK ((rate_count IS NULL) = (rate_interval_seconds IS NULL))
) STRICT;
