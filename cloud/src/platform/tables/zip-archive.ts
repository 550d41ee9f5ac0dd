import type { FileHandle } from 'node:fs/promises';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { isAppError } from '../../kernel/errors.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';

/** A workbook has a dozen parts and a few for each sheet. */
const MAX_ENTRIES = 5_000;
/** XML of tables shrinks to a twentieth; what shrinks to a thousandth was made to burst. */
const MAX_RATIO = 300;
const ALWAYS_FINE_BYTES = 4 * 1024 * 1024;

/** The parts of a workbook, each read as a stream of at most so many bytes. */
export class ZipArchive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  static async open(file: FileHandle): Promise<ZipArchive> {
    try {
      const zip = await fromFdPromise(file.fd, { autoClose: false });
      if (zip.entryCount > MAX_ENTRIES) throw broken(`it holds ${zip.entryCount} parts`);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        // Two parts of one name: which one a program shows is anybody's guess.
        if (entries.has(entry.fileName)) throw broken('a part stands in it twice');
        entries.set(entry.fileName, entry);
      }
      return new ZipArchive(zip, entries);
    } catch (error) {
      throw isAppError(error) ? error : broken(reasonOf(error), error);
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  async *read(name: string, maxBytes: number): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name);
    if (!entry) throw broken(`it has no ${name}`);
    if (entry.isEncrypted()) throw broken('it is protected by a password; save it without');
    const { compressedSize, uncompressedSize } = entry;
    if (uncompressedSize > maxBytes) {
      throw tableError('import_file_too_large', {
        message: `${name} of the workbook unpacks to ${uncompressedSize} bytes, more than ${maxBytes}; save the sheet as CSV`,
      });
    }
    if (uncompressedSize > ALWAYS_FINE_BYTES && uncompressedSize > compressedSize * MAX_RATIO)
      throw broken(`${name} unpacks to ${Math.round(uncompressedSize / compressedSize)} times its size`);
    try {
      // The sizes that the archive states are held to while it unpacks.
      for await (const chunk of await this.#zip.openReadStreamPromise(entry)) yield chunk as Buffer;
    } catch (error) {
      throw isAppError(error) ? error : broken(reasonOf(error), error);
    }
  }
}

function broken(why: string, cause?: unknown) {
  return tableError('import_file_unreadable', {
    message: `the workbook cannot be read: ${why}`,
    ...(cause !== undefined && { cause }),
  });
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 120) : 'broken';
