-- Never updated: a sale's seats are indices into its plan.
CREATE TABLE plans (
    id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organiser_id BIGINT NOT NULL REFERENCES organisers (id),
    name TEXT NOT NULL,
    seats_count BIGINT NOT NULL,
    areas_count BIGINT NOT NULL,
    capacity BIGINT NOT NULL,
    -- JSON of domain::SeatingPlan.
    plan_json BYTEA NOT NULL,
    -- JSON list of pretix_plan::Decoration.
    decorations_json BYTEA NOT NULL
);
