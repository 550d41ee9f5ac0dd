import { inflateSync } from 'node:zlib';
import {
  type GatewayId,
  gatewayId,
  type JournalId,
  journalId,
  type SequenceRange,
  sha256Hex,
} from '@meterline/contracts';
import type { AnchorSource } from '../clock.ts';
import type { SeriesKey } from './entry.ts';
import type { BatchMeta } from './outbox.ts';
import { type Carved, Pages, type Place, type Value } from './pages.ts';
import { Ranges, rangesOf } from './ranges.ts';
import { CHECKED, type CheckedTable, checkOf, LAYOUT, STATE, TABLES, type Table } from './schema.ts';

/** What could be read out of the ruins of a file. Everything in it has passed its own check. */
export interface Salvage {
  readonly journals: readonly OldJournal[];
  readonly boots: readonly { readonly number: number; readonly id: string; readonly last: number }[];
  readonly anchors: readonly OldAnchor[];
  /** By table, ascending; neither receipted nor in a batch that is carried. */
  readonly rows: Readonly<Record<Table, readonly OldRow[]>>;
  /** Not receipted, bytes proven whole. */
  readonly batches: readonly OldBatch[];
  /** Of the journal that was written to; what its successor says about it. */
  readonly previous: Previous | null;
  /** Not receipted, and neither row nor batch could be read. */
  readonly lost: readonly SequenceRange[];
  payloadOf(batch: OldBatch): Buffer;
  close(): void;
}
export interface OldJournal {
  readonly ref: number;
  readonly id: JournalId;
  readonly gateway: GatewayId;
  readonly last: number;
  readonly watermark: number;
}
export interface OldAnchor {
  readonly boot: number;
  readonly mono: number;
  readonly utc: number;
  readonly uncertainty: number;
  readonly source: AnchorSource;
}
export interface OldRow {
  readonly seq: number;
  readonly boot: number;
  readonly mono: number;
  readonly wall: number;
  readonly key: SeriesKey | null;
  readonly value: number | bigint | null;
  readonly text: string | null;
}
export interface OldBatch extends BatchMeta {
  readonly retry_at: number;
  readonly at: Place;
}
export interface Previous {
  readonly gateway: GatewayId;
  readonly journal: JournalId;
  readonly last: number | null;
  readonly batch: number | null;
  readonly digest: string | null;
  readonly lost?: readonly SequenceRange[];
}

type Named = Record<string, Value>;

/** More ranges than this do not fit the restart record; what is not named stays missing at the hub, and visible. */
const RANGES_MAX = 2_000;

/** Reads page by page, without asking SQLite: a broken root, a torn file or a lost WAL header hides nothing. */
export function salvage(path: string, gateway: GatewayId): Salvage {
  const pages = new Pages(path);
  try {
    const found = new Finds();
    for (const carved of pages.records()) found.take(carved);
    const payloadOf = ({ at }: OldBatch): Buffer => {
      const payload = pages.again(at)?.at(-1);
      if (!Buffer.isBuffer(payload)) throw new Error('a page that was read once cannot be read again');
      return payload;
    };
    return { ...found.sum(gateway), payloadOf, close: () => pages.close() };
  } catch (error) {
    pages.close();
    throw error;
  }
}

/** Which tables have records of so many columns. */
const SHAPES = new Map<number, CheckedTable[]>();
for (const table of Object.keys(LAYOUT) as CheckedTable[]) {
  const columns = LAYOUT[table].length;
  SHAPES.set(columns, [...(SHAPES.get(columns) ?? []), table]);
}

class Finds {
  private readonly journals = new Map<number, Named>();
  private readonly owners = new Map<number, Owner>();
  private readonly boots = new Map<number, Named>();
  private readonly series = new Map<number, SeriesKey>();
  private readonly anchors = new Map<string, Named>();
  private readonly rows: Record<Table, Map<number, Named>> = {
    gauge: new Map(),
    counter: new Map(),
    billing: new Map(),
    record: new Map(),
  };
  /** Highest state seen of each, and where its bytes are when they are whole. */
  private readonly batches = new Map<number, { meta: BatchMeta & { retry_at: number }; at?: Place }>();

  take({ rowid, values, at }: Carved): void {
    for (const table of SHAPES.get(values.length) ?? []) {
      const named: Named = {};
      // The column that is the row id is stored as null.
      for (const [i, name] of LAYOUT[table].entries()) named[name] = i === 0 ? rowid : (values[i] ?? null);
      const fields = CHECKED[table].map((name) => named[name] ?? null);
      if (fields.some((field) => Buffer.isBuffer(field))) continue;
      const whole = checkOf(table, fields as (string | number | bigint | null)[]) === named.crc;
      if (!whole && table !== 'batch') continue;
      if (!whole) Object.assign(named, placeOf(named.payload));
      if (!whole && named.digest === undefined) continue;
      this.sort(table, rowid, { named, at });
      return;
    }
  }

  private sort(table: CheckedTable, rowid: number, { named, at }: { named: Named; at: Place }): void {
    if (table === 'journal') {
      const before = this.journals.get(rowid);
      if (!before || progress(named) >= progress(before)) this.journals.set(rowid, named);
    } else if (table === 'boot') {
      const last = Math.max(Number(named.last), Number(this.boots.get(rowid)?.last ?? 0));
      this.boots.set(rowid, { ...named, last });
    } else if (table === 'series') {
      const { class: kind, point, detail } = named;
      this.series.set(rowid, { class: kind, point, detail } as unknown as SeriesKey);
    } else if (table === 'anchor') {
      this.anchors.set(`${named.boot}/${named.seq}`, named);
    } else if (table === 'batch') {
      this.sortBatch(rowid, named, at);
    } else {
      this.rows[table].set(rowid, named);
    }
  }

  private sortBatch(id: number, named: Named, at: Place): void {
    const { payload, crc: _, receipted_at: receipted, ...rest } = named;
    // A state that contradicts its neighbours is no receipt.
    if (Number(rest.state) === STATE.receipted && !receipted) rest.state = STATE.sent;
    if (Number(rest.state) > STATE.receipted && payload !== null) rest.state = STATE.sent;
    const meta = rest as unknown as BatchMeta & { retry_at: number };
    const whole = Buffer.isBuffer(payload) && sha256Hex(payload) === meta.sha;
    if (whole) this.nameOwner(meta.journal, payload);
    const before = this.batches.get(id);
    const latest = before && before.meta.state > meta.state ? before.meta : meta;
    const place = whole ? at : before?.at;
    this.batches.set(id, place ? { meta: latest, at: place } : { meta: latest });
  }

  /** Batches of another gateway cannot be sent by this one: their rows go on, where they are still there. */
  sum(gateway: GatewayId): Omit<Salvage, 'payloadOf' | 'close'> {
    const { journals, mine } = this.knownJournals();
    const watermarks = new Map(journals.map(({ ref, watermark }) => [ref, watermark]));
    const all = [...this.batches.values()].sort((a, b) => a.meta.id - b.meta.id);
    const ours = new Set(journals.filter((journal) => journal.gateway === gateway).map(({ ref }) => ref));
    const waits = ({ state, journal, last }: BatchMeta) =>
      state < STATE.receipted && last > (watermarks.get(journal) ?? 0);
    const batches = all.flatMap(({ meta, at }) =>
      at && waits(meta) && ours.has(meta.journal) ? [{ ...meta, at }] : [],
    );
    const watermark = watermarks.get(mine?.ref ?? -1) ?? 0;
    const own = all.filter(({ meta }) => meta.journal === mine?.ref);
    const settled = own
      .filter(({ meta, at }) => !waits(meta) || (at && ours.has(meta.journal)))
      .map(({ meta }) => meta);
    const covered = new Ranges([[1, watermark], ...settled.flatMap(rangesOf)]);
    const rows = this.openRows(covered);
    const newest = own.map(({ meta }) => meta).toSorted((a, b) => b.number - a.number)[0];
    const last = Math.max(mine?.last ?? 0, ...own.map(({ meta }) => meta.last), ...this.lastRows());
    const unsent = covered.complement(last);
    const kept = new Ranges(
      TABLES.flatMap((table) => rows[table].map(({ seq }): SequenceRange => [seq, seq])),
    );
    const tip =
      newest && newest.number >= (mine?.batch ?? 0)
        ? newest
        : mine && { number: mine.batch, digest: mine.digest };
    return {
      journals,
      boots: [...this.boots.values()] as unknown as Salvage['boots'],
      anchors: [...this.anchors.values()] as unknown as OldAnchor[],
      rows,
      batches,
      previous: mine && {
        gateway: mine.gateway,
        journal: mine.id,
        last: last || null,
        batch: tip?.number || null,
        digest: tip?.number ? (tip.digest ?? null) : null,
        ...(unsent.length > 0 ? { lost: unsent.slice(0, RANGES_MAX) } : {}),
      },
      lost: kept.without(unsent),
    };
  }

  private nameOwner(ref: number, payload: Buffer): void {
    if (this.owners.has(ref)) return;
    const owner = openedOf(payload);
    if (owner) this.owners.set(ref, owner);
  }

  /** Where the journal's own row is gone, its batches say whose they are. */
  private knownJournals(): {
    journals: OldJournal[];
    mine: (OldJournal & { batch: number; digest: string | null }) | null;
  } {
    for (const [ref, { journal: id, gateway }] of this.owners) {
      if (this.journals.has(ref)) continue;
      const unknown = { last: 0, batch: 0, digest: null, watermark: 0, settled: 0 };
      this.journals.set(ref, { ref, id, gateway, ...unknown, gauge: 0, counter: 0, billing: 0, record: 0 });
    }
    const journals = [...this.journals.values()] as unknown as (OldJournal & {
      batch: number;
      digest: string | null;
    })[];
    journals.sort((a, b) => a.ref - b.ref);
    return { journals, mine: journals.at(-1) ?? null };
  }

  private openRows(covered: Ranges): Record<Table, OldRow[]> {
    const open = (table: Table): OldRow[] => {
      const rows: OldRow[] = [];
      for (const [seq, { boot, mono, wall, series, value, note, body }] of this.rows[table]) {
        const key = table === 'record' ? null : (this.series.get(Number(series)) ?? undefined);
        if (key === undefined || covered.has(seq) || !this.boots.has(Number(boot))) continue;
        const text = (table === 'record' ? body : note) ?? null;
        rows.push({ seq, boot, mono, wall, key, value: value ?? null, text } as OldRow);
      }
      return rows.sort((a, b) => a.seq - b.seq);
    };
    return {
      gauge: open('gauge'),
      counter: open('counter'),
      billing: open('billing'),
      record: open('record'),
    };
  }

  private lastRows(): number[] {
    return TABLES.map((table) => {
      let last = 0;
      for (const seq of this.rows[table].keys()) last = Math.max(last, seq);
      return last;
    });
  }
}

const progress = (journal: Named): number => Number(journal.batch) * 2 ** 40 + Number(journal.watermark);

interface Owner {
  readonly journal: JournalId;
  readonly gateway: GatewayId;
}
interface Opened extends Owner {
  readonly head: Record<string, unknown>;
  readonly digest: string;
}

/** zlib's own checksum vouches for the bytes, and the signed line says whose they are. */
function openedOf(payload: Value | undefined): Opened | undefined {
  if (!Buffer.isBuffer(payload)) return undefined;
  try {
    const [, statement = ''] = inflateSync(payload).toString('utf8').split('\n', 2);
    const head = JSON.parse(statement) as Record<string, unknown>;
    const id = journalId.safeParse(head.journal);
    const gateway = gatewayId.safeParse(head.gateway);
    if (!(id.success && gateway.success)) return undefined;
    return { journal: id.data, gateway: gateway.data, head, digest: sha256Hex(statement) };
  } catch {
    return undefined;
  }
}

/** What the row of a batch says, told again by the batch itself. */
function placeOf(payload: Value | undefined): Named | { digest: undefined } {
  const opened = openedOf(payload);
  if (!opened || !Buffer.isBuffer(payload)) return { digest: undefined };
  const { head, digest } = opened;
  const { batch, type, first, last, holes, sealed, previous } = head as Record<string, number>;
  const kind = String(type) === 'readings' ? head.class : String(type) === 'records' ? 'record' : type;
  const range = { first: Number(first), last: Number(last), holes: holes ? JSON.stringify(holes) : null };
  const rows = rangesOf(range).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return {
    ...range,
    number: Number(batch),
    kind: kind as string,
    nth: Number(batch),
    rows,
    sealed: Number(sealed),
    digest,
    previous: (previous as unknown as string | null) ?? null,
    sha: sha256Hex(payload),
    state: STATE.sent,
    retry_at: 0,
    receipted_at: 0,
  };
}
