-- Never updated: a sale's seats are indices into its plan.
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organiser_id INTEGER NOT NULL REFERENCES organisers (id),
    name TEXT NOT NULL,
    seats_count INTEGER NOT NULL,
    areas_count INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    -- JSON of domain::SeatingPlan.
    plan_json BLOB NOT NULL,
    -- JSON list of pretix_plan::Decoration.
    decorations_json BLOB NOT NULL
) STRICT;
