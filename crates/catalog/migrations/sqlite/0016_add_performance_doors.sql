-- When the doors open, if the organiser said so.
ALTER TABLE performances ADD COLUMN doors_at_ms INTEGER;
