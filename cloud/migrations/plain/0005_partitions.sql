-- Native partitions by month, made on demand by ensure_reading_partitions. No default partition: it would have to be
-- searched, and locked, each time that a month is added.
alter table reading_gauge rename to reading_gauge_shape;
create table reading_gauge (like reading_gauge_shape including all) partition by range (at);
drop table reading_gauge_shape;
alter index reading_gauge_pkey1 rename to reading_gauge_pkey;

alter table reading_counter rename to reading_counter_shape;
create table reading_counter (like reading_counter_shape including all) partition by range (at);
drop table reading_counter_shape;
alter index reading_counter_pkey1 rename to reading_counter_pkey;

alter table reading_billing rename to reading_billing_shape;
create table reading_billing (like reading_billing_shape including all) partition by range (at);
drop table reading_billing_shape;
alter index reading_billing_pkey1 rename to reading_billing_pkey;
