-- Splits the addresses of a state in PostgreSQL into 16 partitions, by the first bits of their hash: those of a host's name, so that a host's
-- addresses stay together. For states that are to hold hundreds of millions; see docs/many-machines.md.
--
--   psql -v ON_ERROR_STOP=1 -d crawl -f contrib/postgres/partitions.sql
--
-- To be run by the owner of the schema while no worker runs, best on a new state: rows that are there are copied. Rights of others on `urls`
-- are to be granted anew.

BEGIN;
SET LOCAL search_path = auslese;

ALTER TABLE urls RENAME TO urls_whole;
CREATE TABLE urls (LIKE urls_whole INCLUDING DEFAULTS) PARTITION BY RANGE (hash);

DO $$
DECLARE
    -- A sixteenth of all hashes.
    part CONSTANT int8 := 1152921504606846976;
    low text;
    high text;
BEGIN
    FOR n IN 0..15 LOOP
        low := CASE n WHEN 0 THEN 'MINVALUE' ELSE ((n - 8) * part)::text END;
        high := CASE n WHEN 15 THEN 'MAXVALUE' ELSE ((n - 7) * part)::text END;
        EXECUTE format(
            'CREATE TABLE urls_%s PARTITION OF urls FOR VALUES FROM (%s) TO (%s) WITH (fillfactor = 90,
                 autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)', n, low, high);
    END LOOP;
END $$;

INSERT INTO urls SELECT * FROM urls_whole;
DROP TABLE urls_whole;

-- As in one table; but a key of partitions must hold the hash, so that the id is an index and no key.
CREATE INDEX urls_id ON urls (id);
CREATE UNIQUE INDEX urls_hash ON urls (hash, more);
CREATE INDEX urls_ready ON urls (host, priority DESC, id) WHERE state = 0;
CREATE INDEX urls_wake ON urls (wake) WHERE wake IS NOT NULL;
CREATE INDEX urls_host_wake ON urls (host, wake) WHERE wake IS NOT NULL;
CREATE INDEX urls_canonical ON urls (md5(detail)) WHERE reason = 'not_canonical';
COMMIT;
