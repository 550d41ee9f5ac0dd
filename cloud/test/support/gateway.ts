import { createHash } from 'node:crypto';
import {
  type BatchClock,
  type Content,
  type GatewayId,
  type JournalId,
  type JournalRecord,
  type PointId,
  packRows,
  type Sealed,
  type Signer,
  sealBatch,
  signerOf,
  topicOf,
  type UnvaluedLeaf,
  valuedLeaf,
} from '@meterline/contracts';

/** A UUID of version 7 that a name stands for. */
export function idOf<Id extends string>(name: string): Id {
  const hex = createHash('sha256').update(name).digest('hex');
  return `019c0fd8-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}` as Id;
}

export function signerNamed(name: string): Signer {
  const read = signerOf(createHash('sha256').update(`seed ${name}`).digest());
  if (!read.ok) throw new Error(read.detail);
  return read.key;
}

export const REGISTER = 'hiking-dds238-2-zn-sr@1/energy_import_total';
const rawOfCount = (count: number): string => count.toString(16).padStart(8, '0');

/** Seals what a gateway would: a journal whose sequences and chain go on by themselves. */
export class TestGateway {
  readonly name: string;
  readonly id: GatewayId;
  readonly signer: Signer;
  journal: JournalId;
  next = 1;
  batch = 1;
  previous: string | null = null;
  clock: BatchClock = { state: 'synced', boot: 1, anchor: 2, uncertainty: 12 };

  constructor(name: string) {
    this.name = name;
    this.id = idOf(`gateway ${name}`);
    this.signer = signerNamed(name);
    this.journal = idOf(`journal ${name}`);
  }

  point(n: number | string): PointId {
    return idOf(`point ${this.name} ${n}`);
  }

  get topic(): string {
    return topicOf({ gateway: this.id, channel: 'up/readings', deflated: false });
  }

  seal(content: Content, sealed: number, count: number): Sealed {
    const sequences = Array.from({ length: count }, (_, i) => this.next + i);
    const { id: gateway, journal, batch, previous, clock } = this;
    const made = sealBatch(
      { gateway, journal, batch, previous, sealed, clock, sequences },
      content,
      this.signer,
    );
    this.next += count;
    this.batch += 1;
    this.previous = made.digest;
    return made;
  }

  records(records: readonly JournalRecord[], sealed: number): Sealed {
    return this.seal({ type: 'records', records }, sealed, records.length);
  }

  /** Record 1 of the journal. */
  start(sealed: number): Sealed {
    return this.records([{ kind: 'restart', t: sealed, reason: 'first-start', previous: null }], sealed);
  }

  gauges(rows: readonly { point: PointId; time: number; value: number }[], sealed: number): Sealed {
    const packed = packRows(rows.map(({ point, time }) => ({ point, time })));
    const columns = {
      ...packed,
      units: packed.points.map(() => 'mW' as const),
      v: rows.map(({ value }) => value),
    };
    return this.seal({ type: 'readings', class: 'gauge', columns }, sealed, rows.length);
  }

  counters(rows: readonly { point: PointId; time: number; count: number }[], sealed: number): Sealed {
    const columns = {
      ...packRows(rows.map(({ point, time }) => ({ point, time }))),
      v: rows.map(({ count }) => String(count)),
    };
    return this.seal({ type: 'readings', class: 'counter', columns }, sealed, rows.length);
  }

  /** Billing rows in columns: those that are no boundary readings. */
  billing(
    rows: readonly { point: PointId; time: number; count: number; raw?: string; register?: string }[],
    sealed: number,
  ): Sealed {
    const packed = packRows(rows.map(({ point, time }) => ({ point, time })));
    const columns = {
      ...packed,
      registers: packed.points.map((_, i) => rows[packed.p.indexOf(i)]?.register ?? REGISTER),
      v: rows.map(({ count }) => String(count)),
      raw: rows.map(({ count, raw }) => raw ?? rawOfCount(count)),
    };
    return this.seal({ type: 'readings', class: 'billing', columns }, sealed, rows.length);
  }

  sweep(
    boundary: number,
    rows: readonly (Partial<UnvaluedLeaf> & { point: PointId; count: string })[],
    sealed: number,
  ): Sealed {
    const leaves = rows.map((row, i) =>
      valuedLeaf(boundary, {
        salt: createHash('md5')
          .update(`${this.name} ${this.next + i}`)
          .digest('hex'),
        sequence: this.next + i,
        pass: 'only',
        register: REGISTER,
        read: boundary + 1_000,
        raw: rawOfCount(Number(row.count)),
        bracket: null,
        quality: 'good',
        rereads: [],
        ...row,
      }),
    );
    const reads = leaves.map(({ read }) => read);
    const sweep = [Math.min(...reads), Math.max(...reads)] as const;
    return this.seal({ type: 'boundary', boundary, occasion: 'quarter', sweep, leaves }, sealed, rows.length);
  }
}
