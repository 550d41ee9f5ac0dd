import { createHash } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Batch,
  type GatewayId,
  idsFrom,
  linkOf,
  openBatch,
  type PointId,
  type Receipt,
  receiptOf,
  receiptSchema,
  ringOf,
  type SequenceRange,
  type Signer,
  sequencesOf,
  sha256Hex,
  signerOf,
  verifierOf,
} from '@meterline/contracts';
import { type Clock, type MovableClock, movableClock } from '../src/clock.ts';
import { type Entry, Journal, type JournalLimits, type Outgoing } from '../src/store/index.ts';
import { NumberSet } from './support/number-set.ts';

export const NOON = Date.UTC(2026, 0, 31, 12);
export const QUARTER = 900_000;

/** The same bytes for the same seed, in every process. */
export const seeded = (seed: string) => {
  let n = 0;
  return (bytes: number): Buffer => {
    n += 1;
    return createHash('sha512').update(`${seed} ${n}`).digest().subarray(0, bytes);
  };
};

export function gatewayOf(seed: string): { gateway: GatewayId; signer: Signer; points: PointId[] } {
  const random = seeded(seed);
  const ids = idsFrom({ nowMs: () => NOON, random });
  const key = signerOf(random(32));
  if (!key.ok) throw new Error(key.detail);
  return { gateway: ids.gateway(), signer: key.key, points: Array.from({ length: 200 }, () => ids.point()) };
}

export interface World {
  readonly folder: string;
  readonly path: string;
  readonly clock: MovableClock;
  readonly gateway: GatewayId;
  readonly signer: Signer;
  readonly points: readonly PointId[];
  open(limits?: Partial<JournalLimits>, clock?: Clock): Journal;
  end(): void;
}

const MEMORY = '/dev/shm';

/** In memory where the system has such a folder, for tests of many commits that lose no power. */
function quickFolder(): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    return mkdtempSync(join(MEMORY, 'journal-'));
  } catch {
    return mkdtempSync(join(tmpdir(), 'journal-'));
  }
}

export function world(seed = 'world', folder = quickFolder()): World {
  const { gateway, signer, points } = gatewayOf(seed);
  const clock = movableClock(NOON);
  const path = join(folder, 'journal.db');
  const open = (limits: Partial<JournalLimits> = {}, other: Clock = clock) =>
    new Journal({
      path,
      gateway,
      signer,
      clock: other,
      agent: 'test 1',
      limits: { reserveBytes: 0, jitter: () => 0.5, ...limits },
    });
  const end = () => rmSync(folder, { recursive: true, force: true });
  return { folder, path, clock, gateway, signer, points, open, end };
}

const REGISTER = 'eastron-sdm630@1/energy_import_total';

/** Entries at the clock's present instant. */
export function entries({ clock, points }: Pick<World, 'clock' | 'points'>) {
  const point = (n: number): PointId => points[n % points.length] ?? ('' as PointId);
  return {
    gauge: (n: number, value = 230_000 + n): Entry => ({
      kind: 'gauge',
      point: point(n % 100),
      unit: 'mV',
      value,
      at: clock.now(),
    }),
    counter: (n: number, value = 1_000 + n): Entry => ({
      kind: 'counter',
      point: point(100 + (n % 20)),
      value: String(value),
      at: clock.now(),
    }),
    billing: (n: number, value = 5_000 + n): Entry => ({
      kind: 'billing',
      point: point(120 + (n % 20)),
      register: REGISTER,
      raw: '0000138c',
      value: String(value),
      at: clock.now(),
    }),
    boundary: (n: number, boundary: number, value = 9_000 + n): Entry => ({
      kind: 'boundary',
      boundary,
      occasion: 'quarter',
      pass: 'only',
      point: point(140 + (n % 60)),
      register: REGISTER,
      raw: '00002328',
      value: String(value),
      bracket: { at: Math.max(0, clock.now().mono - 60_000), count: String(value - 10) },
      quality: 'good',
      rereads: [],
      at: clock.now(),
    }),
    anchor: (utc = clock.wallMs(), uncertainty = 20): Entry => ({
      kind: 'event',
      at: clock.now(),
      event: { kind: 'clock', mono: clock.now().mono, utc, uncertainty, source: 'ntp' },
    }),
  };
}

/** A hub in memory that believes only what it can check, and counts what must never happen. */
export class FakeHub {
  readonly readings = new Map<string, { value: string | null; quality: string }>();
  readonly batches = new Map<
    string,
    Map<number, { digest: string; previous: string | null; payload: string }>
  >();
  readonly stored = new Map<string, NumberSet>();
  /** A sequence that came in two different batches, or a payload that changed. */
  readonly doubled: string[] = [];
  readonly conflicts: string[] = [];
  readonly clones: string[] = [];
  readonly refused: string[] = [];
  readonly restarts: object[] = [];
  received = 0;
  private readonly gateway: GatewayId;
  private readonly keys;
  at = NOON;

  constructor({ gateway, signer }: Pick<World, 'gateway' | 'signer'>) {
    this.gateway = gateway;
    const key = verifierOf(signer.publicKey);
    if (!key.ok) throw new Error(key.detail);
    this.keys = ringOf(key.key);
  }

  take(outgoing: Outgoing): Batch | undefined {
    this.received += 1;
    const opened = openBatch(outgoing.deflated, { keys: this.keys, deflated: true, gateway: this.gateway });
    if (!opened.ok) {
      this.refused.push(`${opened.reason}: ${opened.detail}`);
      return undefined;
    }
    const { batch } = opened;
    const { journal, batch: number, previous } = batch.head;
    const chain = this.batches.get(journal) ?? new Map();
    this.batches.set(journal, chain);
    const payload = sha256Hex(outgoing.payload());
    const neighbours = {
      here: chain.get(number)?.digest,
      before: chain.get(number - 1)?.digest,
      claimedByNext: chain.get(number + 1)?.previous,
    };
    const known = Object.fromEntries(Object.entries(neighbours).filter(([, value]) => value));
    const link = linkOf({ batch: number, previous }, batch.digest, known);
    if (link === 'cloned') this.clones.push(`${journal} ${number}`);
    const same = chain.get(number);
    if (same && same.payload !== payload) this.doubled.push(`bytes of batch ${number}`);
    if (!same) this.store(batch);
    chain.set(number, { digest: batch.digest, previous, payload });
    return batch;
  }

  private store(batch: Batch): void {
    const { journal } = batch.head;
    const opening = batch.type === 'records' && batch.head.first === 1 && batch.records[0]?.kind;
    if (batch.head.batch === 1 && opening !== 'restart') this.refused.push(`${journal} has no restart`);
    const stored = this.stored.get(journal) ?? new NumberSet();
    this.stored.set(journal, stored);
    for (const sequence of sequencesOf(batch.head)) {
      if (!stored.add(sequence)) this.doubled.push(`${journal} ${sequence}`);
    }
    if (batch.type === 'readings') {
      const bounded = batch.head.clock.state === 'bounded' ? `boot ${batch.head.clock.boot} ` : '';
      for (const [row, p] of batch.columns.p.entries()) {
        const mark = batch.columns.quality?.find((one) => one.row === row);
        const value = batch.columns.v[row];
        const key = `${batch.columns.points[p]} ${bounded}${batch.times[row]}`;
        this.read(key, value === null || value === undefined ? null : String(value), mark?.code ?? 'good');
      }
    } else if (batch.type === 'boundary') {
      for (const leaf of batch.leaves) this.read(`${leaf.point} ${leaf.read}`, leaf.count, leaf.quality);
    } else {
      for (const record of batch.records) {
        if (record.kind === 'restart') {
          this.restarts.push(record);
          for (const [from, to] of record.previous?.lost ?? [])
            this.account(record.previous?.journal ?? '', from, to);
        }
        if (record.kind === 'dropped')
          for (const [from, to] of record.ranges) this.account(journal, from, to);
      }
    }
  }

  private account(journal: string, from: number, to: number): void {
    const stored = this.stored.get(journal) ?? new NumberSet();
    this.stored.set(journal, stored);
    const end = Math.min(to, from + 1_000_000);
    for (let sequence = from; sequence <= end; sequence += 1) stored.add(sequence);
  }

  private read(key: string, value: string | null, quality: string): void {
    const before = this.readings.get(key);
    if (before && before.value !== value) this.conflicts.push(key);
    this.readings.set(key, { value, quality });
  }

  rangesOf(journal: string): SequenceRange[] {
    return (this.stored.get(journal)?.ranges ?? []).map(([from, to]) => [from, to]);
  }

  receipt(part: Partial<Receipt> = {}): Receipt {
    this.at += 1;
    const journals = [...this.stored.keys()].map((journal) => ({
      journal,
      ...receiptOf(this.rangesOf(journal)),
      chain: null,
    }));
    return receiptSchema.parse({ v: 1, gateway: this.gateway, at: this.at, journals, ...part });
  }
}

/** Sends until nothing waits; every batch is receipted. */
export function drain(journal: Journal, hub: FakeHub, clock: MovableClock): number {
  let sent = 0;
  for (let round = 0; round < 10_000; round += 1) {
    clock.advance(1_000);
    while (journal.seal(clock.now(), { all: true }).more);
    const batches = journal.nextBatches(round % 2 === 0 ? 'live' : 'backfill', 16);
    for (const batch of batches) hub.take(batch);
    sent += batches.length;
    journal.applyReceipt(hub.receipt());
    if (journal.depth().batches === 0 && batches.length === 0) return sent;
    journal.disconnected();
  }
  throw new Error('never drains');
}
