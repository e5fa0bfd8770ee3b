CREATE INDEX performances_by_event ON performances (event_id, starts_at_ms);
