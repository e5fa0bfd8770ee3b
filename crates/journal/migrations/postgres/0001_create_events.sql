-- One row per event. The key is what makes writing safe: of two writers at one sequence, one collides.
CREATE TABLE events (
    sale_id bigint NOT NULL,
    sequence bigint NOT NULL,
    checksum bigint NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (sale_id, sequence)
);
