-- JSON list of domain::SeatIndex: seats that no sale of this plan offers.
ALTER TABLE plans ADD COLUMN blocked_json BLOB NOT NULL DEFAULT X'5B5D';
