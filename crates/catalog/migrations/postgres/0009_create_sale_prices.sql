CREATE TABLE sale_prices (
    sale_id BIGINT NOT NULL REFERENCES sales (id),
    level BIGINT NOT NULL,
    -- Minor units of the sale's currency.
    amount BIGINT NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (sale_id, level)
);
