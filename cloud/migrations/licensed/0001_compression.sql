-- Optional: `meterline migrate --licensed`, on a server with the Community edition of TimescaleDB, whose licence is its
-- own and forbids to offer it as a service. Nothing in the hub needs it: queries and results stay the same, and readings
-- take about a tenth of the place.
--
-- By point, in the order of time: as they are read. A chunk is compressed when late readings have become rare; one that
-- comes all the same is written, more slowly.
alter table reading_gauge set (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'at');
alter table reading_counter set (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'at');
alter table reading_billing set (timescaledb.compress, timescaledb.compress_segmentby = 'point', timescaledb.compress_orderby = 'at');

select add_compression_policy('reading_gauge', compress_after => interval '14 days');
select add_compression_policy('reading_counter', compress_after => interval '45 days');
-- Not before the bills of the month are through.
select add_compression_policy('reading_billing', compress_after => interval '75 days');
