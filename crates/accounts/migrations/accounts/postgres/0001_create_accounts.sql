-- The e-mail is stored normalised, so that UNIQUE means one account per mailbox.
CREATE TABLE accounts (
    id            BYTEA  NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind          TEXT   NOT NULL CHECK (kind IN ('person', 'rehearsal')),
    email         TEXT   NOT NULL UNIQUE,
    name          TEXT,
    locale        TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('fan', 'organiser', 'operator')),
    organiser     BIGINT CHECK ((role = 'organiser') = (organiser IS NOT NULL)),
    password_hash TEXT   CHECK (kind = 'person' OR password_hash IS NULL),
    created_at_ms BIGINT NOT NULL
);
