import { inflateSync } from 'node:zlib';
import type Sqlite from 'better-sqlite3';
import { type ExportRange, walk } from './walk.ts';

const SERIES = 'SELECT point, detail FROM series WHERE ref = ?';

/**
 * The file as it stands, for a stranger who checks it: one JSON object a line, first the journals and boots, then
 * batches with their signed bytes, then rows, each by number.
 */
export function* evidenceLines(db: Sqlite.Database, range: ExportRange): Generator<string> {
  const all = (query: string) => db.prepare<[], object>(query).all();
  for (const journal of all('SELECT * FROM journal ORDER BY ref'))
    yield line({ type: 'journal', ...journal });
  for (const boot of all('SELECT number, id, last, clean FROM boot ORDER BY number'))
    yield line({ type: 'boot', ...boot });
  const series = db.prepare<[number], { point: string; detail: string }>(SERIES);
  for (const found of walk(db, range, true)) {
    if (found.is === 'batch') {
      const { payload, ...meta } = found.batch;
      yield line({ type: 'batch', ...meta, payload: payload && plain(payload).toString('base64') });
      continue;
    }
    const { table, row } = found;
    const { seq, boot, mono, wall, value, text } = row;
    const instant = { type: table, seq, boot, mono, wall };
    if (table === 'record') yield line({ ...instant, body: text });
    else yield line({ ...instant, ...series.get(row.series ?? 0), value, note: text });
  }
}

const line = (value: object): string => JSON.stringify(value);

/** Bytes that cannot be inflated any more are evidence as they are. */
function plain(payload: Buffer): Buffer {
  try {
    return inflateSync(payload);
  } catch {
    return payload;
  }
}
