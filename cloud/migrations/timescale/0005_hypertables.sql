-- Chunks of a size that their index stays in memory while it is written: gauges come five times as often as counters.
-- Only what the Apache edition has; the primary key is the one index that is wanted.
select create_hypertable('reading_gauge', 'at', chunk_time_interval => interval '7 days',
  create_default_indexes => false, associated_schema_name => 'reading_chunks');
select create_hypertable('reading_counter', 'at', chunk_time_interval => interval '30 days',
  create_default_indexes => false, associated_schema_name => 'reading_chunks');
select create_hypertable('reading_billing', 'at', chunk_time_interval => interval '30 days',
  create_default_indexes => false, associated_schema_name => 'reading_chunks');
