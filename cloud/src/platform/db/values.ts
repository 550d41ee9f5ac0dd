import pg from 'pg';
import { Temporal } from 'temporal-polyfill';

/**
 * How values cross between PostgreSQL and the code, exactly and in both directions:
 *
 * | PostgreSQL   | code                 | because                                                |
 * | int8         | bigint               | money and counters pass 2^53                           |
 * | numeric      | string               | decimals stay decimals                                 |
 * | timestamptz  | Temporal.Instant     | a Date would cut the microseconds                      |
 * | date         | Temporal.PlainDate   | a Date would move it by the zone of the process        |
 * | bytea        | Buffer               |                                                        |
 * | json, jsonb  | parsed               |                                                        |
 * | timestamp    | (refused)            | a time without a zone is a defect in the schema        |
 */
const PARSERS: Record<number, (text: string) => unknown> = {
  20: BigInt,
  1016: arrayOf(BigInt),
  1700: String,
  1231: arrayOf(String),
  1184: parseInstant,
  1185: arrayOf(parseInstant),
  1082: (text) => Temporal.PlainDate.from(text),
  1182: arrayOf((text) => Temporal.PlainDate.from(text)),
  1114: () => {
    throw new TypeError('a column of type "timestamp without time zone" has no instant; use timestamptz');
  },
};

export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    ((format ?? 'text') === 'text' && PARSERS[oid]) || pg.types.getTypeParser(oid, format ?? 'text'),
};

/** `2026-11-20 03:58:09.123456+00`, in whatever zone the session has. */
function parseInstant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

function arrayOf(parse: (text: string) => unknown): (text: string) => unknown[] {
  return (text) => parseTextArray(text).map((item) => (item === null ? null : parse(item)));
}

type ArrayParser = (oid: number, format: 'text') => (text: string) => readonly (string | null)[];

const TEXT_ARRAY = 1009;
const parseTextArray = (pg.types.getTypeParser as ArrayParser)(TEXT_ARRAY, 'text');

/** The driver would send a Temporal value as JSON, with quotes. */
export function toParameter(value: unknown): unknown {
  if (
    value instanceof Temporal.Instant ||
    value instanceof Temporal.PlainDate ||
    value instanceof Temporal.PlainTime
  )
    return value.toString();
  if (Array.isArray(value)) return value.map(toParameter);
  return value;
}
