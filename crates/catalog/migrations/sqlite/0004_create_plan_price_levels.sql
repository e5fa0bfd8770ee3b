-- Also inside plan_json; here so that a sale's page is read without parsing the whole plan.
CREATE TABLE plan_price_levels (
    plan_id INTEGER NOT NULL REFERENCES plans (id),
    level INTEGER NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    PRIMARY KEY (plan_id, level)
) STRICT, WITHOUT ROWID;
