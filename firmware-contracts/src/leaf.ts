import { z } from 'zod';
import { registerRef } from './columns.ts';
import type { BoundaryHead } from './head.ts';
import { type PointId, pointId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { type Quality, quality } from './quality.ts';
import { count, countRead, epochMs, hex, rawWords, sequence } from './scalars.ts';

const reading = z.strictObject({ at: epochMs, count });

/** A count at a true instant. */
export type CountAt = z.infer<typeof reading>;

/**
 * One counter at one boundary. `read` and `count` are what was truly read and when; `value` is the count at the
 * boundary itself, interpolated between this reading and `bracket`, the reading of the same register on the other
 * side of the boundary.
 */
export const boundaryLeaf = z.strictObject({
  /** 16 random bytes: without them a hash could be guessed back to its reading. */
  salt: hex(16),
  sequence,
  point: pointId,
  /** A main meter is read first and last in the sweep, so that its instant compares with the rooms' mean. */
  pass: z.literal(['only', 'first', 'last']),
  register: registerRef,
  read: epochMs,
  count: count.nullable(),
  raw: rawWords,
  bracket: reading.nullable(),
  value: count.nullable(),
  method: z.literal(['exact', 'interpolated', 'nearest', 'none']),
  quality,
  rereads: z
    .array(countRead)
    .max(4)
    .meta({ description: 'the confirming reads: <count>, or <count>/<words>' }),
});
export type BoundaryLeaf = z.infer<typeof boundaryLeaf>;

export type BoundaryValue = Pick<BoundaryLeaf, 'value' | 'method'>;

/**
 * The count at `boundary`, rounded down, from two readings around it. A bracket that does not span the boundary, or
 * a counter that fell within it, gives no interpolation: the nearest reading stands, and says so.
 */
export function valueAt(boundary: number, read: CountAt, bracket: CountAt | null): BoundaryValue {
  if (read.at === boundary) return { value: read.count, method: 'exact' };
  const [a, b] = bracket && bracket.at > read.at ? [read, bracket] : [bracket, read];
  if (!a || !b || boundary < a.at || boundary > b.at || a.at === b.at)
    return { value: read.count, method: 'nearest' };
  const [from, to] = [BigInt(a.count), BigInt(b.count)];
  if (to < from) return { value: read.count, method: 'nearest' };
  const passed = ((to - from) * BigInt(boundary - a.at)) / BigInt(b.at - a.at);
  const sure = from === to || boundary === a.at || boundary === b.at;
  return { value: String(from + passed), method: sure ? 'exact' : 'interpolated' };
}

const FIELDS = [
  'salt',
  'sequence',
  'point',
  'pass',
  'register',
  'read',
  'count',
  'raw',
  'bracket',
  'value',
  'method',
  'quality',
  'rereads',
] as const;
const WORD = 'ml1-leaf';

const instant = (ms: number): string => new Date(ms).toISOString();
const countAt = (at: CountAt | null): string => (at ? `${instant(at.at)}/${at.count}` : 'none');

/** One line of ASCII, fields in this order, one space between, no line end. */
export function leafLine(leaf: BoundaryLeaf): string {
  const fields: Record<(typeof FIELDS)[number], string> = {
    salt: leaf.salt,
    sequence: String(leaf.sequence),
    point: leaf.point,
    pass: leaf.pass,
    register: leaf.register,
    read: instant(leaf.read),
    count: leaf.count ?? 'none',
    raw: leaf.raw,
    bracket: countAt(leaf.bracket),
    value: leaf.value ?? 'none',
    method: leaf.method,
    quality: leaf.quality,
    rereads: leaf.rereads.join(',') || 'none',
  };
  return [WORD, ...FIELDS.map((name) => `${name}=${fields[name]}`)].join(' ');
}

const LINE = new RegExp(`^${WORD} ${FIELDS.map((name) => `${name}=([^ =]+)`).join(' ')}$`);

export type LeafRead = { ok: true; leaf: BoundaryLeaf } | { ok: false; detail: string };

/** Reads a line back; only the exact spelling that `leafLine` gives is accepted. */
export function parseLeaf(line: string): LeafRead {
  const match = line.length <= LIMITS.leafBytes ? LINE.exec(line) : null;
  if (!match) return { ok: false, detail: `is not "${WORD} ${FIELDS.map((name) => `${name}=…`).join(' ')}"` };
  const [, salt, seq, point, pass, register, read, countText, raw, bracket, value, method, mark, rereads] =
    match;
  const parsed = boundaryLeaf.safeParse({
    salt,
    sequence: Number(seq),
    point,
    pass,
    register,
    read: Date.parse(read ?? ''),
    count: orNull(countText),
    raw,
    bracket: parseCountAt(bracket ?? ''),
    value: orNull(value),
    method,
    quality: mark,
    rereads: rereads === 'none' ? [] : rereads?.split(','),
  });
  if (!parsed.success) return { ok: false, detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') };
  if (leafLine(parsed.data) !== line) return { ok: false, detail: 'is not in its one spelling' };
  return { ok: true, leaf: parsed.data };
}

const orNull = (word: string | undefined): string | null | undefined => (word === 'none' ? null : word);

function parseCountAt(word: string): unknown {
  if (word === 'none') return null;
  const [at = '', number] = word.split('/');
  return { at: Date.parse(at), count: number };
}

/** What one line cannot say alone: its place in the head, and its arithmetic. */
export function leafFault(head: BoundaryHead, leaf: BoundaryLeaf, place: number): string | undefined {
  if (leaf.sequence !== place) return `sequence ${leaf.sequence} stands in the place of ${place}`;
  if (leaf.read < head.sweep[0] || leaf.read > head.sweep[1]) return 'was read outside the sweep';
  if ((leaf.quality === 'no-value') !== (leaf.count === null)) return 'no count and no-value go together';
  if (leaf.bracket && Math.abs(leaf.bracket.at - head.boundary) > LIMITS.bracketMs)
    return 'has a bracket too far from the boundary';
  const expected: BoundaryValue =
    leaf.count === null
      ? { value: null, method: 'none' }
      : valueAt(head.boundary, { at: leaf.read, count: leaf.count }, leaf.bracket);
  if (leaf.value === expected.value && leaf.method === expected.method) return undefined;
  return `value ${leaf.value} ${leaf.method} should be ${expected.value} ${expected.method}`;
}

export type UnvaluedLeaf = Omit<BoundaryLeaf, 'value' | 'method'> & {
  readonly point: PointId;
  readonly quality: Quality;
};

/** A leaf as the sweep brings it, with its value at the boundary worked out. */
export function valuedLeaf(boundary: number, leaf: UnvaluedLeaf): BoundaryLeaf {
  const none: BoundaryValue = { value: null, method: 'none' };
  const { count: read } = leaf;
  return {
    ...leaf,
    ...(read === null ? none : valueAt(boundary, { at: leaf.read, count: read }, leaf.bracket)),
  };
}
