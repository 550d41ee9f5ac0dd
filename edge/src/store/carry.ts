import {
  type GatewayId,
  type JournalId,
  type JournalRecord,
  journalRecordSchema,
  LIMITS,
  sha256Hex,
} from '@meterline/contracts';
import type Sqlite from 'better-sqlite3';
import type { Anchor, Clock } from '../clock.ts';
import { Ledger } from './ledger.ts';
import type { OldRow, Previous, Salvage } from './salvage.ts';
import { checkOf, TABLES } from './schema.ts';

export type RestartReason = Extract<JournalRecord, { kind: 'restart' }>['reason'];

export interface Restart {
  readonly reason: RestartReason;
  readonly previous: Previous | null;
}

export interface CarryOptions {
  readonly gateway: GatewayId;
  readonly clock: Clock;
  readonly agent: string;
  readonly id: JournalId;
  readonly restart: Restart;
  readonly from: { readonly ruins: Salvage; readonly what: 'all' | 'billing' | 'nothing' } | undefined;
}

/** Old boots that are known by number in the new journal, in the order in which they happened. */
const BOOTS_KEPT = 16;

/**
 * Fills a new journal. Sealed batches keep their journal, number and bytes; rows that were in no batch yet are
 * entered anew, with new numbers and their old instants. Within one transaction of the caller.
 */
export function carry(
  db: Sqlite.Database,
  options: CarryOptions,
): { carriedBatches: number; carriedRows: number } {
  const { from, clock, restart, gateway } = options;
  const ruins = from && from.what !== 'nothing' ? from.ruins : undefined;
  const all = from?.what === 'all';
  for (const journal of ruins?.journals ?? []) {
    insertJournal(db, { ...journal, last: journal.ref === lastRef(ruins) ? newestOf(ruins) : journal.last });
  }
  insertJournal(db, { ref: lastRef(ruins) + 1, id: options.id, gateway, last: 0, watermark: 0 });
  const boots = bootsOf(ruins, clock);
  for (const { number, id, last } of boots.values()) {
    const check = checkOf('boot', [number, id]);
    db.prepare('INSERT INTO boot (number, id, last, clean, crc) VALUES (?, ?, ?, 0, ?)').run(
      number,
      id,
      last,
      check,
    );
  }
  const ledger = new Ledger(db);
  const current = Math.max(...[...boots.values()].map(({ number }) => number));
  ledger.boot = current;
  ledger.insertRecord(openingOf(restart, options), clock.now());
  if (!ruins) return { carriedBatches: 0, carriedRows: 0 };
  const ours = new Set(ruins.journals.filter((journal) => journal.gateway === gateway).map(({ ref }) => ref));
  const batches = ruins.batches.filter(({ journal, kind }) => ours.has(journal) && (all || isLasting(kind)));
  for (const batch of batches) insertBatch(db, batch, ruins.payloadOf(batch));
  const rows = TABLES.flatMap((table) =>
    all || isLasting(table) ? ruins.rows[table].map((row) => ({ table, row })) : [],
  );
  rows.sort((a, b) => a.row.seq - b.row.seq);
  enterBoots(ledger, { ruins, boots, current, agent: options.agent });
  let carriedRows = 0;
  const repeats = repeatsOf(ruins.rows.billing);
  for (const { table, row } of rows) {
    if (repeats.has(row)) continue;
    carriedRows += enterRow(ledger, table, row, boots.get(row.boot)?.number);
  }
  return { carriedBatches: batches.length, carriedRows };
}

/**
 * Record 1, which no hub may ever refuse: without it nobody knows why there is a new journal. What the contract would
 * not take of the one before is left out.
 */
function openingOf({ reason, previous }: Restart, { gateway, id }: CarryOptions): object {
  const takesOver = previous?.gateway !== gateway;
  const fits = previous?.journal !== id && (!takesOver || reason === 'new-hardware');
  const record = { kind: 'restart', reason, previous: fits ? previous : null };
  const judged = journalRecordSchema.safeParse({ t: 0, ...record });
  return judged.success ? record : { ...record, previous: null };
}

/** A row that was entered anew once may still be readable under its first number, too. */
function repeatsOf(rows: readonly OldRow[]): ReadonlySet<OldRow> {
  const sorted = rows.toSorted((a, b) => orderOf(a, b) || a.seq - b.seq);
  return new Set(sorted.filter((row, i) => i > 0 && orderOf(row, sorted[i - 1] ?? row) === 0));
}

/** Zero: the same reading. */
function orderOf(a: OldRow, b: OldRow): number {
  const fields = [
    [a.key?.point, b.key?.point],
    [a.key?.detail, b.key?.detail],
    [String(a.value), String(b.value)],
    [a.text, b.text],
  ];
  if (a.mono !== b.mono || a.boot !== b.boot) return a.mono - b.mono || a.boot - b.boot;
  for (const [one = '', other = ''] of fields) if (one !== other) return (one ?? '') < (other ?? '') ? -1 : 1;
  return 0;
}

const isLasting = (kind: string): boolean => kind !== 'gauge' && kind !== 'counter';
const lastRef = (ruins: Salvage | undefined): number =>
  Math.max(0, ...(ruins?.journals ?? []).map(({ ref }) => ref));

const newestOf = (ruins: Salvage | undefined): number => ruins?.previous?.last ?? 0;

function insertJournal(
  db: Sqlite.Database,
  {
    ref,
    id,
    gateway,
    last,
    watermark,
  }: { ref: number; id: string; gateway: string; last: number; watermark: number },
): void {
  const fields = [ref, id, gateway, last, 0, null, 0, 0, 0, 0, watermark, watermark];
  db.prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    ...fields,
    checkOf('journal', fields),
  );
}

function insertBatch(db: Sqlite.Database, batch: Salvage['batches'][number], payload: Buffer): void {
  const { id, journal, number, kind, nth, first, last, holes, rows, sealed, digest, previous } = batch;
  const meta = [
    id,
    journal,
    number,
    kind,
    nth,
    first,
    last,
    holes,
    rows,
    sealed,
    digest,
    previous,
    sha256Hex(payload),
  ];
  db.prepare('INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)').run(
    ...meta,
    checkOf('batch', meta),
    batch.state,
    batch.retry_at,
    payload,
  );
}

interface NewBoot {
  readonly number: number;
  readonly id: string;
  readonly last: number;
}

/** Old number → new. The boot that runs comes last, whether it was known or not. */
function bootsOf(ruins: Salvage | undefined, clock: Clock): Map<number, NewBoot> {
  const used = new Set(TABLES.flatMap((table) => (ruins?.rows[table] ?? []).map(({ boot }) => boot)));
  const old = (ruins?.boots ?? []).toSorted((a, b) => a.number - b.number);
  const kept = old.filter(({ number }, i) => used.has(number) || i >= old.length - BOOTS_KEPT);
  const boots = new Map(kept.map(({ number, id, last }, i) => [number, { number: i + 1, id, last }]));
  if (old.at(-1)?.id !== clock.boot) boots.set(-1, { number: boots.size + 1, id: clock.boot, last: 0 });
  return boots;
}

function enterBoots(
  ledger: Ledger,
  about: { ruins: Salvage; boots: Map<number, NewBoot>; current: number; agent: string },
): void {
  const { ruins, boots, current, agent } = about;
  for (const [old, { number }] of boots) {
    if (number !== current) {
      const body = { kind: 'boot', boot: number, cause: 'unknown', clean: false, agent };
      const text = JSON.stringify(body);
      ledger.insert({ table: 'record', mono: 0, wall: 0, series: null, value: null, text }, number);
    }
    const anchors = ruins.anchors
      .filter(({ boot, uncertainty }) => boot === old && uncertainty <= LIMITS.uncertaintyMs)
      .toSorted((a, b) => a.mono - b.mono);
    for (const { mono, utc, uncertainty, source } of anchors) {
      const anchor: Anchor = { mono, utc, uncertainty, source };
      const text = JSON.stringify({ kind: 'clock', ...anchor });
      ledger.insert({ table: 'record', mono, wall: utc, series: null, value: null, text, anchor }, number);
    }
  }
}

/** These speak of the old journal's own numbers, or were entered anew above. */
const NOT_CARRIED = new Set(['restart', 'boot', 'dropped', 'clock']);

function enterRow(
  ledger: Ledger,
  table: (typeof TABLES)[number],
  row: OldRow,
  boot: number | undefined,
): number {
  if (boot === undefined) return 0;
  const { mono, wall, key, value, text } = row;
  if (table === 'record' && NOT_CARRIED.has((JSON.parse(text ?? '{}') as { kind?: string }).kind ?? ''))
    return 0;
  ledger.insert({ table, mono, wall, series: key, value, text }, boot);
  return 1;
}
