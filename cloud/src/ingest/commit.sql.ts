import { MAX_AHEAD_MS } from '@meterline/contracts';
import type { Call } from './one-statement.ts';

export const COUNT_REFUSALS =
  'select ingest_count_refusals($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz)';
export const REGISTER_NUMBERS = 'select name, no from register_numbers($1::text[])';
export const STATES = `select gateway_id, status, connected, config_report,
  (extract(epoch from status_received_at) * 1000)::float8 as status_received,
  (extract(epoch from config_received_at) * 1000)::float8 as config_received from ingest_states($1::uuid[])`;

const casts = (types: readonly string[]): string => types.map((type, i) => `$${i + 1}::${type}`).join(', ');
const call = (name: string, ...types: readonly string[]): string => `select ${name}(${casts(types)})`;

const READING = ['int[]', 'timestamptz[]', 'bigint[]', 'smallint[]', 'smallint[]', 'bigint[]', 'bigint[]'];

/** What nearly every commit writes: calls that travel in one statement, in the order of their locks. */
export const BATCHES: Call = {
  name: 'ingest_batches',
  types: [
    ...[
      'bigint[]',
      'uuid[]',
      'text[]',
      'timestamptz[]',
      'uuid[]',
      'bigint[]',
      'text[]',
      'bigint[]',
      'bigint[]',
    ],
    ...[
      'timestamptz[]',
      'bytea[]',
      'bytea[]',
      'text[]',
      'jsonb[]',
      'text[]',
      'bytea[]',
      'timestamptz[]',
      'text[]',
    ],
    ...['bytea[]', 'bytea[]', 'text[]'],
  ],
};
export const GAPS: Call = { name: 'ingest_gaps', types: ['bigint[]', 'bigint[]', 'bytea[]', 'bytea[]'] };
export const JOURNALS: Call = {
  name: 'ingest_journals',
  types: ['bigint[]', 'text[]', 'text[]', 'bigint[]', 'timestamptz'],
};
export const STORE_GAUGES: Call = {
  name: 'store_gauges',
  types: READING,
  rows: 'place, value::text as stored',
};
export const STORE_COUNTERS: Call = {
  name: 'store_counters',
  types: READING,
  rows: 'place, count::text as stored',
};
export const STORE_BILLING: Call = {
  name: 'store_billing',
  types: [
    ...[
      'int[]',
      'timestamptz[]',
      'bigint[]',
      'bytea[]',
      'int[]',
      'timestamptz[]',
      'timestamptz[]',
      'bigint[]',
    ],
    ...['smallint[]', 'smallint[]', 'bigint[]', 'bigint[]'],
  ],
  rows: 'place, count::text as stored',
};
export const STORE_BOUNDED: Call = {
  name: 'store_bounded',
  types: [
    ...[
      'int[]',
      'bigint[]',
      'bigint[]',
      'text[]',
      'int[]',
      'bigint[]',
      'timestamptz[]',
      'timestamptz[]',
      'bigint[]',
    ],
    ...['int[]', 'bytea[]', 'smallint[]', 'smallint[]'],
  ],
};
export const NOTE_DIRTY: Call = {
  name: 'note_usage_dirty',
  types: ['int[]', 'timestamptz[]', 'timestamptz[]'],
};

export const RESTARTS = `select no::text from ingest_restarts(${casts([
  ...['bigint[]', 'text[]', 'uuid[]', 'uuid[]', 'bigint[]', 'text[]', 'timestamptz'],
])}) as r (no)`;
export const REFUSE = `select place::int, has_bytes as "hasBytes" from ingest_refuse(${casts([
  ...[
    'uuid[]',
    'text[]',
    'text[]',
    'text[]',
    'bytea[]',
    'int[]',
    'bytea[]',
    'int[]',
    'timestamptz',
    'int',
    'bigint',
  ],
])}) as r (place)`;
export const CONFLICTS = `select organisation, added from ingest_conflicts(${casts([
  ...['text[]', 'text[]', 'int[]', 'timestamptz[]', 'bigint[]', 'bigint[]', 'bytea[]', 'text[]', 'uuid[]'],
  ...['bigint[]', 'bigint[]', 'smallint[]', 'smallint[]', 'text[]', 'timestamptz'],
])})`;
export const HOLD = call(
  'ingest_hold',
  ...['uuid[]', 'uuid[]', 'text[]', 'text[]', 'uuid[]', 'timestamptz[]', 'bigint[]', 'bytea[]', 'text[]'],
  ...['timestamptz[]', 'timestamptz[]', 'bigint[]', 'smallint[]', 'smallint[]', 'bigint[]', 'bigint[]'],
  ...['timestamptz[]', 'timestamptz'],
);
export const SET_STATES = call('ingest_set_states', 'jsonb');
export const RESULTS = call('ingest_results', 'uuid[]', 'uuid[]', 'jsonb[]', 'timestamptz');
export const EVENTS = call('ingest_events', 'uuid[]', 'uuid[]', 'text[]', 'text[]', 'jsonb[]');
export const HELD = 'select gateway, readings from ingest_held($1::uuid[], $2::uuid[], $3::int)';
/** A reading further ahead of the hub's clock is held. */
export const HELD_AHEAD_MS = MAX_AHEAD_MS;
export const DIRECT_BATCH =
  'select ingest_direct_batch($1::uuid, $2::uuid, $3::text, $4::text, $5::timestamptz, $6::jsonb)::text as id';
/** How many of these (point, time) hold a reading of this delivery. */
export const STORED = 'select ingest_stored($1::text, $2::int[], $3::timestamptz[], $4::bigint) as stored';
export const RELEASE = 'select * from ingest_release($1::timestamptz, $2::text[], $3::int)';
export const APPLY_RESTARTS = 'select g as gateway from ingest_apply_restarts($1::timestamptz) as g';
export const GAP_TURN = 'select * from ingest_gap_turn($1::timestamptz, $2::interval)';
export const REPLAYS = 'select * from ingest_replays($1::int)';
export const REPLAYED = 'select ingest_replayed($1::bigint, $2::timestamptz)';
