-- Few rows: "is there an operator?" must not read every fan.
CREATE INDEX operators ON accounts (id) WHERE role = 'operator';
