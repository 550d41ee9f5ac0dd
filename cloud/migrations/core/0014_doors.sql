-- Uploads that came to nothing: files of imports that nobody started, photos that no reading and no correction names. They
-- go after a time, each row with its file. What is evidence of anything stays: what a reading names, by its foreign key.
drop trigger append_only on reading_photo;
create function keep_used_photo() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' or exists (select from public.manual_reading m where m.photo_id = old.id)
     or exists (select from public.correction c where c.photo = old.id::text) then
    raise exception 'a photo is append-only: it is evidence' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;
create trigger append_only before update or delete on reading_photo for each row execute function keep_used_photo();
create index reading_photo_age on reading_photo (created_at);
create index manual_reading_photo on manual_reading (photo_id) where photo_id is not null;
create index correction_photo on correction (photo) where photo is not null;
create index import_run_unstarted on import_run (created_at) where state = 'received';

-- One at a time, so that its file is gone when its row is: `null` when none is left. Less than a day is never old.
create function delete_unused_upload(before timestamptz) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  key text;
begin
  if before is null or before > clock_timestamp() - interval '1 day' then
    raise exception 'uploads are kept for a day at least' using errcode = 'insufficient_privilege';
  end if;
  delete from public.reading_photo p where p.id = (
    select x.id from public.reading_photo x
     where x.created_at < before
       and not exists (select from public.manual_reading m where m.photo_id = x.id)
       and not exists (select from public.correction c where c.photo = x.id::text)
     order by x.created_at limit 1 for update skip locked)
  returning p.file_key into key;
  if key is not null then
    return key;
  end if;
  delete from public.import_run r where r.id = (
    select x.id from public.import_run x where x.state = 'received' and x.created_at < before
     order by x.created_at limit 1 for update skip locked)
  returning r.file_key into key;
  return key;
end
$$;
grant execute on function delete_unused_upload(timestamptz) to meterline_worker;

-- Whether the meter began with it: what is needed to store it, should whoever entered it have died before that.
alter table manual_reading add column opening boolean not null default false;
