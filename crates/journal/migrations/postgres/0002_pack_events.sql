-- A row holds `count` consecutive events from `sequence` on, each with its checksum and length; without a count it holds
-- one event as it is, as rows did before. `checksum` is that of the last. Payloads are small and not compressed.
ALTER TABLE events ADD COLUMN count integer, ALTER COLUMN payload SET STORAGE EXTERNAL;
