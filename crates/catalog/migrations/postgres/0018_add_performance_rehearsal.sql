-- A copy of a performance, for a sale that is a rehearsal: in no list and in no search.
ALTER TABLE performances ADD COLUMN rehearsal BIGINT NOT NULL DEFAULT 0 CHECK (rehearsal IN (0, 1));
