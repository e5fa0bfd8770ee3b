-- The sandbox provider's ledger. Money rules that a mistake in the code must not break are constraints here.

CREATE TABLE payments (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    order_id      TEXT NOT NULL UNIQUE,
    amount        INTEGER NOT NULL CHECK (amount > 0),
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    status        TEXT NOT NULL CHECK (status IN ('open', 'captured', 'cancelled', 'refunded')),
    refunded      INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    description   TEXT NOT NULL,
    return_url    TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    CHECK ((status = 'refunded') = (refunded = amount)),
    CHECK (refunded = 0 OR status IN ('captured', 'refunded'))
) STRICT;

-- What was done to a payment, once each. Those that came over the API carry their idempotency key and the answer.
CREATE TABLE operations (
    number          INTEGER PRIMARY KEY,
    payment         INTEGER NOT NULL REFERENCES payments (number),
    kind            TEXT NOT NULL CHECK (kind IN ('open', 'capture', 'decline', 'cancel', 'refund')),
    amount          INTEGER NOT NULL,
    at_ms           INTEGER NOT NULL,
    idempotency_key TEXT UNIQUE,
    fingerprint     BLOB,
    answer          TEXT,
    CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL) AND (idempotency_key IS NULL) = (answer IS NULL))
) STRICT;
CREATE INDEX operations_of_payment ON operations (payment);
CREATE UNIQUE INDEX operations_one_capture ON operations (payment) WHERE kind = 'capture';

-- Written with the change it tells of; delivered at least once.
CREATE TABLE webhooks (
    number          INTEGER PRIMARY KEY,
    payment         INTEGER NOT NULL REFERENCES payments (number),
    kind            TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dropped')),
    due_at_ms       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    delivered_at_ms INTEGER
) STRICT;
CREATE INDEX webhooks_waiting ON webhooks (due_at_ms, number) WHERE state = 'waiting';
CREATE INDEX webhooks_of_payment ON webhooks (payment);
