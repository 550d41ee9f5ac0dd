import { Readable } from 'node:stream';
import { isAppError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/index.ts';
import type { DoorStores } from '../door-parts.ts';
import type { Fault } from './domain/faults.ts';
import { importError } from './domain/file.errors.ts';
import { type ImportState, isOver } from './domain/import-state.ts';
import { hasOpenings, Openings } from './domain/openings.ts';
import type { RowReading } from './domain/row-reader.ts';
import { judgeLines } from './file-judgement.ts';
import { ImportCheck, MOST_FAULTS } from './import-check.ts';
import { IMPORTER, type ImportParts } from './import-parts.ts';
import { type CheckTotals, type ImportsStore, importsStore } from './imports.store.ts';
import type { ImportRun } from './imports.types.ts';
import { openFor, rowReader, withFile } from './opened-import.ts';
import { packed, stagedChunks } from './staged-lines.ts';

/** Readings stored at once; changing it would change what the chunks of a run under way hold. */
const CHUNK = 2_000;

/** Whoever works on a run says so with each chunk; one that has not for so long is gone. */
const SILENT_MS = 45_000;

interface CheckEnd {
  readonly state: ImportState;
  readonly error?: string;
}

/**
 * Runs an import: check, then store. Killed anywhere it goes on from there: a check begins again, since nothing of it
 * counts before its end; a stored chunk is known by its reference, so that it is stored once.
 */
export class ImportRunner {
  readonly #parts: ImportParts;
  readonly #silentMs: number;

  constructor(parts: ImportParts, silentMs = SILENT_MS) {
    this.#parts = parts;
    this.#silentMs = silentMs;
  }

  async run(organisation: string, id: string, signal: AbortSignal): Promise<ImportRun> {
    let run = await this.#look(organisation, id);
    if (run.state === 'received' || isOver(run.state)) return run;
    const now = this.#now();
    const silentSince = now.subtract({ milliseconds: this.#silentMs });
    if (!(await this.#within(organisation, (store) => store.claim(id, silentSince, now))))
      throw importError('import_busy');
    run = await this.#look(organisation, id);
    if (run.state === 'checking') {
      await this.#check(organisation, run, signal);
      run = await this.#look(organisation, id);
    }
    if (run.state === 'storing') {
      await this.#store(organisation, run, signal);
      run = await this.#look(organisation, id);
    }
    if (isOver(run.state)) await this.#forgetStaged(run);
    return run;
  }

  async #check(organisation: string, run: ImportRun, signal: AbortSignal): Promise<void> {
    const { mapping } = run;
    // The database lets no run be queued without one.
    if (mapping === null) return;
    try {
      await withFile(this.#parts.files, run, async (file) => {
        const table = await openFor(file, run, mapping);
        const directory = await this.#within(organisation, (store) =>
          store.directory(run.building, this.#parts),
        );
        const reader = await rowReader(run, table, mapping, directory);
        await this.#within(organisation, (store) => store.beginCheck(run.id, table.lines, this.#now()));
        const check = this.#newCheck(organisation, run, signal);
        const stagedKey = `imports/${run.building}/${run.id}-checked.gz`;
        await this.#parts.files.put(stagedKey, packed(Readable.from(check.staged(table, mapping, reader))), {
          contentType: 'application/gzip',
          signal,
        });
        await this.#endCheck(organisation, run, endOf(run, check), stagedKey, check.repeatsInFile);
      });
    } catch (error) {
      const cause = rootOf(error);
      if (!isAppError(cause) || cause.retryable || cause.kind === 'internal') throw error;
      await this.#within(organisation, (store) => store.beginCheck(run.id, run.totalLines ?? 0, this.#now()));
      await this.#endCheck(organisation, run, { state: 'failed', error: cause.message }, undefined, 0);
    }
  }

  #newCheck(organisation: string, run: ImportRun, signal: AbortSignal): ImportCheck {
    let written = 0;
    const progress = async (totals: CheckTotals, faults: readonly Fault[]): Promise<boolean> => {
      const kept = faults.slice(0, Math.max(0, MOST_FAULTS - written));
      const cancelled = await this.#within(organisation, async (store) => {
        await store.addFaults(run.id, written + 1, kept);
        return store.checkedSoFar(run.id, totals, this.#now());
      });
      written += kept.length;
      return cancelled === false;
    };
    const badOpenings = (openings: readonly RowReading[]) =>
      this.#within(organisation, async (_store, tx) => {
        const { profiles, epochsOf } = this.#parts;
        const judged = await judgeLines({ tx, profiles, epochsOf }, openings);
        return judged.flatMap(({ reading, notOpening: why }) =>
          why === undefined ? [] : [{ reading, why }],
        );
      });
    const { intake } = this.#parts;
    return new ImportCheck({ organisation, run: run.id, intake, signal, badOpenings, progress });
  }

  async #endCheck(
    organisation: string,
    run: ImportRun,
    { state, error }: CheckEnd,
    stagedKey: string | undefined,
    repeatsInFile: number,
  ): Promise<void> {
    await this.#within(organisation, async (store, tx) => {
      const now = await store.lockRun(run.id);
      // The last moment at which it can still be called off.
      const end = now.cancelRequested && state === 'storing' ? 'cancelled' : state;
      const keep = stagedKey !== undefined && { stagedKey };
      await store.endCheck(run.id, end, { ...keep, ...(error && { error }), repeatsInFile }, this.#now());
      await tx.audit.append({ action: `import.${end}`, subject: { type: 'import', id: run.id } });
    });
  }

  async #store(organisation: string, run: ImportRun, signal: AbortSignal): Promise<void> {
    // Only a run with a staged file gets here; the database holds it to that.
    const openings = await this.#openings(run);
    const { stream } = await this.#parts.files.get(run.stagedKey ?? '');
    let number = 0;
    for await (const staged of stagedChunks(stream, CHUNK)) {
      number += 1;
      if (number <= run.chunks) continue;
      signal.throwIfAborted();
      const settled = await this.#parts.intake.readings({
        organisation,
        source: 5,
        reference: `${run.id}/${number}`,
        readings: staged.map((reading) => openings.settled(reading)),
      });
      const counts = { ...settled, conflicts: settled.conflicts.length };
      await this.#within(organisation, (store) => store.storedChunk(run.id, number, counts, this.#now()));
    }
    await this.#within(organisation, async (store, tx) => {
      if (!(await store.endStoring(run.id, this.#now()))) return;
      await tx.audit.append({ action: 'import.done', subject: { type: 'import', id: run.id } });
      await tx.outbox.add({
        topic: 'import.done',
        key: run.id,
        payload: { import: run.id, building: run.building },
      });
    });
  }

  /** Known when the whole file is: lines of a history may stand in any order. */
  async #openings({ mapping, stagedKey }: ImportRun): Promise<Openings> {
    const openings = new Openings();
    if (mapping === null || !hasOpenings(mapping)) return openings;
    const { stream } = await this.#parts.files.get(stagedKey ?? '');
    for await (const staged of stagedChunks(stream, CHUNK))
      for (const reading of staged) openings.add(reading);
    return openings;
  }

  /** The staged file has done its work; the file itself stays as evidence. */
  async #forgetStaged({ stagedKey }: ImportRun): Promise<void> {
    if (stagedKey !== null) await this.#parts.files.delete(stagedKey);
  }

  #look(organisation: string, id: string): Promise<ImportRun> {
    return this.#within(organisation, (store) => store.run(id));
  }

  #within<T>(
    organisation: string,
    work: (store: ImportsStore, tx: Tx<DoorStores>) => Promise<T>,
  ): Promise<T> {
    return this.#parts.db.transaction({ organisation, actor: IMPORTER }, (tx) =>
      work(tx.bind(importsStore), tx),
    );
  }

  #now() {
    return this.#parts.clock.now();
  }
}

function endOf(run: ImportRun, check: ImportCheck): CheckEnd {
  if (check.stopped === 'cancelled') return { state: 'cancelled' };
  if (check.stopped === 'too-many-faults') {
    const error = `stopped after ${MOST_FAULTS} faults: the file is another one than the mapping describes`;
    return { state: 'refused', error };
  }
  const { faults, readings } = check.totals;
  if (run.dryRun) return { state: 'checked' };
  if (faults > 0 && !run.keepGood) return { state: 'refused' };
  if (readings === 0 && check.repeatsInFile === 0)
    return { state: 'refused', error: 'the file holds no readings' };
  return { state: 'storing' };
}

/** The store of files wraps what breaks an upload: what broke it is what matters. */
function rootOf(error: unknown): unknown {
  return isAppError(error, 'files_upload_broken') && error.cause !== undefined ? error.cause : error;
}
