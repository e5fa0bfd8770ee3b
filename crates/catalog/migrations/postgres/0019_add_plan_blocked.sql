-- JSON list of domain::SeatIndex: seats that no sale of this plan offers.
ALTER TABLE plans ADD COLUMN blocked_json BYTEA NOT NULL DEFAULT '\x5B5D';
