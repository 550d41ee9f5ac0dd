import {
  type Batch,
  type JournalReceipt,
  linkOf,
  receiptOf,
  type SequenceRange,
  sequencesOf,
} from '@meterline/contracts';
import { NumberSet } from './number-set.ts';

interface Known {
  readonly digest: string;
  readonly previous: string | null;
}

/** One journal, as a hub must keep it. */
class StoredJournal {
  readonly numbers = new NumberSet();
  readonly batches = new Map<number, Known>();
  private whole = 0;

  receipt(journal: JournalReceipt['journal']): JournalReceipt {
    while (this.batches.has(this.whole + 1)) this.whole += 1;
    const last = this.batches.get(this.whole);
    const chain = last ? { batch: this.whole, digest: last.digest } : null;
    return { journal, ...receiptOf(this.numbers.ranges), chain };
  }
}

export interface StoredReading {
  readonly journal: string;
  readonly sequence: number;
  readonly value: string | null;
}

/** What a hub's database would hold, and what must never happen to it. */
export class FakeHubStore {
  readonly journals = new Map<JournalReceipt['journal'], StoredJournal>();
  /** By point and time. */
  readonly readings = new Map<string, StoredReading>();
  /** A number that came in two different batches. */
  readonly doubled: string[] = [];
  /** One point and time, two values. */
  readonly conflicts: string[] = [];
  readonly clones: string[] = [];
  repeats = 0;
  rows = 0;
  private readonly keepReadings: boolean;

  constructor({ keepReadings }: { keepReadings: boolean }) {
    this.keepReadings = keepReadings;
  }

  commit(batch: Batch): 'stored' | 'repeat' | 'cloned' {
    const { journal, batch: number, previous } = batch.head;
    const kept = this.journal(journal);
    const [here, before, next] = [0, -1, 1].map((step) => kept.batches.get(number + step));
    const known = {
      ...(here ? { here: here.digest } : {}),
      ...(before ? { before: before.digest } : {}),
      ...(next?.previous ? { claimedByNext: next.previous } : {}),
    };
    const link = linkOf({ batch: number, previous }, batch.digest, known);
    if (link === 'repeat') {
      this.repeats += 1;
      return 'repeat';
    }
    if (link === 'cloned') {
      this.clones.push(`${journal} ${number}`);
      return 'cloned';
    }
    kept.batches.set(number, { digest: batch.digest, previous });
    for (const sequence of sequencesOf(batch.head)) {
      this.rows += 1;
      if (!kept.numbers.add(sequence)) this.doubled.push(`${journal} ${sequence}`);
    }
    this.store(batch);
    return 'stored';
  }

  /** Everything from 1 on is here, without a gap, up to this number. */
  watermarkOf(journal: string): number {
    const [first] = this.journals.get(journal as JournalReceipt['journal'])?.numbers.ranges ?? [];
    return first?.[0] === 1 ? first[1] : 0;
  }

  receipts(): JournalReceipt[] {
    // The contract has room for sixteen; the newest matter.
    return [...this.journals].slice(-16).map(([id, kept]) => kept.receipt(id));
  }

  private journal(id: JournalReceipt['journal']): StoredJournal {
    const kept = this.journals.get(id) ?? new StoredJournal();
    this.journals.set(id, kept);
    return kept;
  }

  private store(batch: Batch): void {
    const { journal } = batch.head;
    const numbers = sequencesOf(batch.head);
    if (batch.type === 'records') {
      for (const record of batch.records) {
        if (record.kind === 'dropped') {
          this.account(journal, record.ranges);
          for (const { batch: number, digest, previous } of record.batches ?? []) {
            this.journal(journal).batches.set(number, { digest, previous });
          }
        }
        if (record.kind === 'restart' && record.previous) {
          this.account(record.previous.journal, record.previous.lost ?? []);
        }
      }
      return;
    }
    if (!this.keepReadings) return;
    if (batch.type === 'boundary') {
      for (const { point, read, count, sequence } of batch.leaves) {
        this.read(`${point} ${read}`, { journal, sequence, value: count });
      }
      return;
    }
    const { points, p, v } = batch.columns;
    const bounded = batch.head.clock.state === 'bounded' ? `boot ${batch.head.clock.boot} ` : '';
    for (const [row, index] of p.entries()) {
      const value = v[row] ?? null;
      this.read(`${points[index]} ${bounded}${batch.times[row]}`, {
        journal,
        sequence: numbers[row] ?? 0,
        value: value === null ? null : String(value),
      });
    }
  }

  private account(journal: JournalReceipt['journal'], ranges: readonly SequenceRange[]): void {
    const { numbers } = this.journal(journal);
    for (const [from, to] of ranges) for (let n = from; n <= to; n += 1) numbers.add(n);
  }

  private read(key: string, reading: StoredReading): void {
    const before = this.readings.get(key);
    if (before && before.value !== reading.value) this.conflicts.push(key);
    if (!before) this.readings.set(key, reading);
  }
}
