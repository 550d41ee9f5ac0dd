-- How readings go: by whole partitions or chunks, each class after its own time, and never one that holds a reading
-- which must still be kept. Only the worker asks; what it asks for is checked here once more.

-- Every partition or chunk of raw readings, with the times that it may hold.
create function reading_partitions()
  returns table (class text, name text, from_at timestamptz, to_at timestamptz, bytes bigint)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
begin
  return query
  select substr(p.relname, 9), c.relname::text, b.bounds[1]::timestamptz, b.bounds[2]::timestamptz,
         pg_total_relation_size(c.oid)
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
   cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(.*)''\) TO \(''(.*)''\)') b (bounds)
   where p.oid in ('public.reading_gauge'::regclass, 'public.reading_counter'::regclass, 'public.reading_billing'::regclass)
     and c.relispartition
   order by 1, 3;
  if to_regclass('timescaledb_information.chunks') is not null then
    return query execute
      $chunks$ select substr(k.hypertable_name, 9), k.chunk_name::text, k.range_start, k.range_end,
                      pg_total_relation_size(format('%I.%I', k.chunk_schema, k.chunk_name)::regclass)
                 from timescaledb_information.chunks k
                where k.hypertable_schema = 'public'
                  and k.hypertable_name in ('reading_gauge', 'reading_counter', 'reading_billing')
                order by 1, 3 $chunks$;
  end if;
end
$$;

-- Drops the oldest partition of a class that ends before `before`, and says which; null when there is none (left).
-- One at a time, since its parent is locked until the commit; who writes or reads goes first.
create function drop_expired_partition(class text, before timestamptz) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
  -- Whatever is configured, or sent by whoever stole the worker's sign-in: less is never kept.
  floor constant interval := case class when 'billing' then interval '60 months' when 'counter' then interval '2 months'
                                        when 'gauge' then interval '7 days' end;
  doomed record;
begin
  if floor is null then
    raise exception 'there is no class % of readings', quote_nullable(class) using errcode = 'invalid_parameter_value';
  end if;
  if before is null or before > clock_timestamp() - floor then
    raise exception '% readings are kept for % at least', class, floor using errcode = 'insufficient_privilege';
  end if;
  select p.name, p.to_at into doomed from public.reading_partitions() p
   where p.class = drop_expired_partition.class and p.to_at <= before order by p.to_at limit 1;
  if not found then
    return null;
  end if;
  if exists (select from pg_partitioned_table where partrelid = ('public.reading_' || class)::regclass) then
    execute format('drop table reading_chunks.%I', doomed.name);
  else
    execute format('select public.drop_chunks(%L, older_than => %L::timestamptz)', 'public.reading_' || class, doomed.to_at);
  end if;
  return doomed.name;
end
$$;

-- What has no partitions goes row by row, so many at a time: rows without a certain time, and the batches whose readings
-- have gone. The last batch of each journal stays: the next one names it.
create function delete_expired_batches(class text, before timestamptz, most integer) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  floor constant interval := case class when 'billing' then interval '60 months' when 'counter' then interval '2 months'
                                        when 'gauge' then interval '7 days' end;
  rows bigint;
  deleted bigint;
begin
  if floor is null or before is null or before > clock_timestamp() - floor then
    raise exception '% readings are kept for % at least', class, floor using errcode = 'insufficient_privilege';
  end if;
  delete from public.reading_bounded b where (b.batch, b.sequence) in (
    select x.batch, x.sequence from public.reading_bounded x
     where x.class = delete_expired_batches.class and x.before < delete_expired_batches.before limit most);
  get diagnostics deleted = row_count;
  delete from public.batch b where b.id in (
    select x.id from public.batch x
     where x.received_at < before and x.kind <> 'records'
       and coalesce(x.class, 'billing') = delete_expired_batches.class
       and not exists (select from public.reading_bounded r where r.batch = x.id)
       and (x.journal is null or exists (
         select from public.batch n where n.gateway_id = x.gateway_id and n.journal = x.journal and n.number > x.number))
     order by x.received_at limit most);
  get diagnostics rows = row_count;
  return deleted + rows;
end
$$;

grant execute on function reading_partitions(), drop_expired_partition(text, timestamptz),
  delete_expired_batches(text, timestamptz, integer) to meterline_worker;
