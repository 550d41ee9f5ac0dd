/** What people decide: how a register is to be read from a time on, and what a suspicion was. */

export const POINT_NO_SQL = 'select no from point where organisation_id = $1 and id = $2';

export const EPOCHS_LIST_SQL = `select id, kind, from_at as "fromAt", opening::text, closing::text, modulus::text, num::text,
    den::text, unit, max_per_hour::text as "maxPerHour", gap_ms as "gapMs", register, automatic, evidence, reason, author,
    created_at as "createdAt", superseded_at as "supersededAt", superseded_by as "supersededBy"
  from register_epoch where organisation_id = $1 and point_id = $2 order by from_at, created_at, id`;

const SUSPECT = `s.id, s.point_id as point, s.kind, s.state, s.since_at as "sinceAt", s.before_count::text as before,
    s.from_at as "fromAt", s.after_count::text as after, s.resumes_at as "resumesAt", s.until_at as "untilAt",
    s.left_out as "leftOut", s.seen_at as "seenAt", s.changed_at as "changedAt", s.resolution, s.epoch_id as epoch, s.reason,
    s.resolved_at as "resolvedAt", s.resolved_by as "resolvedBy"`;
export const SUSPECTS_SQL = `select ${SUSPECT} from suspect s
  where s.organisation_id = $1 and ($2::uuid is null or s.point_id = $2)
    and (not $3::boolean or (s.state in ('held', 'proposed') and s.resolution is null))
    and ($4::timestamptz is null or (s.from_at, s.id) < ($4, $5::uuid))
  order by s.from_at desc, s.id desc limit $6`;
export const SUSPECT_SQL = `select ${SUSPECT}, s.point as no from suspect s where s.organisation_id = $1 and s.id = $2`;
export const RESOLVE_SQL = `update suspect set resolution = $2, epoch_id = $3, reason = $4, resolved_at = $5, resolved_by = $6,
    changed_at = $5
  where id = $1 and resolution is null and state <> 'withdrawn'`;

/** A decision about each reading, as the person could have taken one by one. */
export const VOID_SQL = `insert into correction (id, organisation_id, point_id, point, at, kind, reason, author, created_at)
  select x.id, $1, $2, $3, x.at, 'voided', $6, $7, $8 from unnest($4::uuid[], $5::timestamptz[]) x (id, at)`;
