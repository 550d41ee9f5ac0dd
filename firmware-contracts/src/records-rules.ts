import { type RecordsHead, sequencesOf } from './head.ts';
import type { JournalRecord, RecordsBody } from './records.ts';
import { isEpochMs, isMonotonicMs, type SequenceRange } from './scalars.ts';

/** What the shape of one record cannot say: whether it can be true of the journal and the batch it stands in. */
export function recordsFault(head: RecordsHead, { records }: RecordsBody): string | undefined {
  const sequences = sequencesOf(head);
  if (records.length !== sequences.length)
    return `has ${records.length} records, the head says ${sequences.length}`;
  for (const [i, record] of records.entries()) {
    const fault = recordFault(head, record, { sequence: sequences[i] ?? 0, sequences });
    if (fault) return `records[${i}] ${fault}`;
  }
  return undefined;
}

interface Place {
  readonly sequence: number;
  /** All of the batch, ascending. */
  readonly sequences: readonly number[];
}

function recordFault(head: RecordsHead, record: JournalRecord, place: Place): string | undefined {
  const isTime = head.clock.state === 'synced' ? isEpochMs : isMonotonicMs;
  if ((record.kind === 'restart') !== (place.sequence === 1))
    return 'is wrong: record 1 of a journal is its restart, and no other';
  if (!timesOf(record).every(isTime)) return 'has a time that is none';
  switch (record.kind) {
    case 'restart':
      return restartFault(head, record);
    case 'boot':
      return record.boot === head.clock.boot ? undefined : 'is of another boot';
    case 'clock':
      return head.clock.state === 'synced' ? undefined : 'is a clock: its boot is synchronised';
    case 'dropped':
      return droppedFault(head, record, place);
    default:
      return undefined;
  }
}

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;

function restartFault({ gateway, journal }: RecordsHead, { reason, previous }: Of<'restart'>) {
  if (!previous) return undefined;
  if (previous.journal === journal) return 'names its own journal as the one before';
  if (previous.gateway !== gateway && reason !== 'new-hardware')
    return 'takes over the journal of another gateway without saying that the hardware is new';
  return undefined;
}

function droppedFault(head: RecordsHead, { ranges, batches = [], ...dropped }: Of<'dropped'>, place: Place) {
  if (ranges.some(([, to]) => to >= place.sequence)) return 'drops itself or what comes after it';
  if (ranges.some((range) => holdsAny(range, place.sequences))) return 'drops what stands in its own batch';
  const isRecords = dropped.class === 'records' || dropped.class === 'unknown';
  if (ranges[0]?.[0] === 1 && !isRecords) return `drops record 1, the restart, as a ${dropped.class}`;
  for (const { batch, digest } of batches) {
    if (batch >= head.batch) return 'drops its own batch or one that comes after it';
    if (batch === head.batch - 1 && digest !== head.previous)
      return 'drops the batch before with another digest than the statement names';
  }
  return undefined;
}

/** Is one of the ascending numbers within the range? */
function holdsAny([from, to]: SequenceRange, numbers: readonly number[]): boolean {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (numbers[low] ?? Number.POSITIVE_INFINITY) <= to;
}

function timesOf(record: JournalRecord): number[] {
  if (record.kind !== 'swap') return [record.t];
  return [record.t, ...record.last.map(({ at }) => at), ...record.first.map(({ at }) => at)];
}
