import type { Readable } from 'node:stream';
import type { Temporal } from 'temporal-polyfill';
import { tableError } from '../../kernel/tables/table.errors.ts';
import type { Tx } from '../../platform/db/index.ts';
import { sniffed } from '../../platform/tables/index.ts';
import { type Asked, authorOf, type DoorStores } from '../door-parts.ts';
import type { Fault } from './domain/faults.ts';
import { importError } from './domain/file.errors.ts';
import type { SaidBefore } from './domain/header.ts';
import { isOver, mayFollow } from './domain/import-state.ts';
import type { Mapping } from './domain/mapping.ts';
import type { RowReading } from './domain/row-reader.ts';
import { judgeLines } from './file-judgement.ts';
import type { ImportParts } from './import-parts.ts';
import { type ImportPreview, previewOf } from './import-preview.ts';
import { type ImportsStore, importsStore } from './imports.store.ts';
import type { ImportRun, SavedMapping } from './imports.types.ts';
import { withFile } from './opened-import.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MOST_MAPPINGS = 200;

export interface StartOptions {
  readonly mapping: Mapping;
  readonly dryRun: boolean;
  readonly keepGood: boolean;
}

export class ImportsService {
  readonly #parts: ImportParts;

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  /** Keeps the file, whole, before anything is made of it. */
  async receive(asked: Asked, building: string, fileName: string, body: Readable): Promise<ImportRun> {
    await this.#within(asked, (store) => demandBuilding(store, building));
    const { format, contentType, content } = await sniffed(body);
    const id = this.#parts.ids.next();
    const fileKey = `imports/${building}/${id}.${format}`;
    const { sha256, size } = await this.#parts.files.put(fileKey, content, {
      contentType,
      maxBytes: MAX_FILE_BYTES,
    });
    return this.#within(asked, async (store, tx) => {
      const author = authorOf(asked);
      await store.addRun({
        id,
        building,
        fileKey,
        fileName: cleanName(fileName),
        format,
        sha256,
        size,
        author,
        at: this.#now(),
      });
      await tx.audit.append({ action: 'import.received', subject: { type: 'import', id } });
      return store.run(id);
    });
  }

  /** The first lines as they would come in: with a mapping of somebody, or with one that is proposed here. */
  async preview(asked: Asked, id: string, mapping?: Mapping, said?: SaidBefore): Promise<ImportPreview> {
    const { run, directory, saved, earlier } = await this.#within(asked, async (store) => {
      const found = await store.run(id);
      return {
        run: found,
        directory: await store.directory(found.building, this.#parts),
        saved: await store.mappings(),
        earlier: await store.earlier(found),
      };
    });
    const { profiles, epochsOf } = this.#parts;
    const judge = (readings: readonly RowReading[]) =>
      this.#within(asked, (_store, tx) => judgeLines({ tx, profiles, epochsOf }, readings));
    return withFile(this.#parts.files, run, (file) =>
      previewOf({ file, run, directory, saved, earlier, mapping, said, judge }),
    );
  }

  /** Hands it to whoever works: the event is written with the state, so that neither is lost. */
  start(asked: Asked, id: string, options: StartOptions): Promise<ImportRun> {
    return this.#within(asked, async (store, tx) => {
      const run = await store.lockRun(id);
      if (!mayFollow(run.state, 'queued')) throw wrongState(run, 'be started');
      await store.queue(id, options.mapping, options, this.#now());
      await tx.audit.append({
        action: 'import.started',
        subject: { type: 'import', id },
        fields: ['mapping'],
      });
      await tx.outbox.add({ topic: IMPORT_QUEUED, key: id, payload: { import: id } });
      return store.run(id);
    });
  }

  /** Takes effect before anything is stored, or not at all. */
  cancel(asked: Asked, id: string): Promise<ImportRun> {
    return this.#within(asked, async (store, tx) => {
      const run = await store.lockRun(id);
      if (run.state === 'cancelled') return run;
      if (isOver(run.state) || run.state === 'storing') throw wrongState(run, 'be cancelled');
      await store.cancel(id, this.#now());
      await tx.audit.append({ action: 'import.cancelled', subject: { type: 'import', id } });
      return store.run(id);
    });
  }

  show(asked: Asked, id: string): Promise<ImportRun> {
    return this.#within(asked, (store) => store.run(id));
  }

  list(asked: Asked, before: string | undefined, limit: number): Promise<readonly ImportRun[]> {
    return this.#within(asked, (store) => store.runs(before, limit));
  }

  faults(
    asked: Asked,
    id: string,
    after: number,
    limit: number,
  ): Promise<readonly (Fault & { readonly no: number })[]> {
    return this.#within(asked, async (store) => {
      await store.run(id);
      return store.faults(id, after, limit);
    });
  }

  /** Where somebody was killed on the way with this very file: that one is gone on with. */
  unfinished(asked: Asked, run: Pick<ImportRun, 'building' | 'sha256'>, mapping: Mapping, keepGood: boolean) {
    return this.#within(asked, (store) => store.unfinished(run.building, run.sha256, mapping, keepGood));
  }

  mappings(asked: Asked): Promise<readonly SavedMapping[]> {
    return this.#within(asked, (store) => store.mappings());
  }

  mapping(asked: Asked, name: string): Promise<SavedMapping> {
    return this.#within(asked, (store) => store.mapping(name));
  }

  saveMapping(asked: Asked, name: string, mapping: Mapping): Promise<SavedMapping> {
    return this.#within(asked, async (store, tx) => {
      const known = await store.mappings();
      if (known.length >= MOST_MAPPINGS && !known.some((saved) => saved.name === name)) {
        throw tableError('import_mapping_invalid', {
          message: `an organisation keeps at most ${MOST_MAPPINGS} mappings; delete one first`,
        });
      }
      const id = this.#parts.ids.next();
      await store.saveMapping(id, name, mapping, this.#now());
      await tx.audit.append({
        action: 'import.mapping_saved',
        subject: { type: 'import_mapping', id: name },
      });
      return store.mapping(name);
    });
  }

  dropMapping(asked: Asked, name: string): Promise<void> {
    return this.#within(asked, async (store, tx) => {
      await store.mapping(name);
      await store.dropMapping(name);
      await tx.audit.append({
        action: 'import.mapping_deleted',
        subject: { type: 'import_mapping', id: name },
      });
    });
  }

  #within<T>(
    { organisation, actor, requestId, may }: Asked,
    work: (store: ImportsStore, tx: Tx<DoorStores>) => Promise<T>,
  ): Promise<T> {
    const options = {
      organisation,
      actor,
      ...(requestId !== undefined && { requestId }),
      ...(may !== undefined && { may }),
    };
    return this.#parts.db.transaction(options, (tx) => work(tx.bind(importsStore), tx));
  }

  #now(): Temporal.Instant {
    return this.#parts.clock.now();
  }
}

export const IMPORT_QUEUED = 'import.queued';

async function demandBuilding(store: ImportsStore, id: string): Promise<void> {
  if (!(await store.building(id)))
    throw importError('import_not_found', { message: 'the organisation has no such building' });
}

function wrongState(run: ImportRun, what: string) {
  const message =
    run.state === 'storing'
      ? `the import is being stored and cannot ${what} any more`
      : `the import is ${run.state} and cannot ${what}`;
  return importError('import_state_wrong', { message, details: { state: run.state } });
}

/** For a list on a screen; never a path of ours. */
function cleanName(name: string): string {
  const clean = name
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();
  return (clean.split(/[/\\]/).at(-1) ?? '').slice(0, 200) || 'readings';
}
