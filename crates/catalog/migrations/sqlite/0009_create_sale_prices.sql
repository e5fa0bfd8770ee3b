CREATE TABLE sale_prices (
    sale_id INTEGER NOT NULL REFERENCES sales (id),
    level INTEGER NOT NULL,
    -- Minor units of the sale's currency.
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (sale_id, level)
) STRICT, WITHOUT ROWID;
