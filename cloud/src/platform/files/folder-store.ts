import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, realpath, rename, rm, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../../kernel/errors.ts';
import { errno, fileError, fromFileSystem, isFileError } from './file-error.ts';
import { keySegments, prefixFolders } from './file-key.ts';
import type {
  FileBody,
  FileInfo,
  FilePage,
  FileStore,
  GetOptions,
  LinkOptions,
  PutOptions,
  StoredFile,
} from './file-store.ts';
import { listFolder } from './folder-listing.ts';
import { openPlace } from './folder-place.ts';
import { incomingName, sweepIncoming } from './folder-sweep.ts';
import type { FileLinks } from './links.ts';
import { decodePosition, pageLimit } from './listing.ts';
import { abandon, receive } from './receive.ts';
import { decodeTrailer, encodeTrailer, TRAILER_BYTES } from './trailer.ts';

export interface FolderStoreOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly links: FileLinks;
}

/** Below this much free space the store reports itself unhealthy, before uploads begin to fail. */
const MIN_FREE_BYTES = 64 * 1024 * 1024;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `files/` holds what is stored, a key a path; `incoming/` what is being received. One file system, so a rename is atomic. */
export class FolderStore implements FileStore {
  readonly #options: FolderStoreOptions;
  #files: string;
  #incoming: string;

  constructor(options: FolderStoreOptions) {
    this.#options = options;
    this.#files = join(options.folder, 'files');
    this.#incoming = join(options.folder, 'incoming');
  }

  async start(): Promise<void> {
    const { files, incoming } = await openPlace(this.#options.folder);
    this.#files = files;
    this.#incoming = incoming;
    await sweepIncoming(incoming).catch((error: unknown) => {
      throw fromFileSystem(error, `files.folder: sweeping ${incoming}`);
    });
  }

  async stop(): Promise<void> {}

  put(key: string, body: FileBody, options: PutOptions): Promise<FileInfo> {
    return this.#put(key, body, options).catch((error: unknown) => {
      abandon(body);
      throw error;
    });
  }

  async #put(key: string, body: FileBody, options: PutOptions): Promise<FileInfo> {
    const { folders, name } = keySegments(key);
    const maxBytes = Math.min(options.maxBytes ?? this.#options.maxBytes, this.#options.maxBytes);
    const draft = join(this.#incoming, incomingName(randomUUID()));
    try {
      const handle = await open(draft, 'wx', 0o640);
      let info: FileInfo;
      try {
        const received = await receive(body, handle, { ...options, maxBytes });
        await handle.writeFile(encodeTrailer(received));
        await handle.sync();
        info = { key, ...received, modifiedAt: (await handle.stat()).mtime };
      } finally {
        await handle.close();
      }
      options.signal?.throwIfAborted();
      await this.#publish(draft, folders, name);
      return info;
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      if (options.signal?.aborted && !(error instanceof AppError)) {
        throw fileError('files_upload_broken', { message: 'The upload was called off', cause: error });
      }
      // A folder that vanished, or leads elsewhere, is the place's fault, not a missing file.
      if (isFileError(error, 'files_not_found'))
        throw fileError('files_misconfigured', { message: error.message, cause: error });
      if (errno(error) === 'ENOENT') {
        throw fileError('files_unavailable', { message: 'Storing a file: the folder is gone', cause: error });
      }
      throw fromFileSystem(error, 'Storing a file');
    }
  }

  async get(key: string, options: GetOptions = {}): Promise<StoredFile> {
    const { handle, info } = await this.#open(key);
    try {
      if (options.sha256 !== undefined && options.sha256 !== info.sha256) {
        throw fileError('files_changed', { message: 'The file was replaced meanwhile' });
      }
      const { start, end } = options.range ?? { start: 0, end: info.size - 1 };
      if (options.range && (start < 0 || start > end || end >= info.size)) {
        throw fileError('files_range_invalid', { message: `The file has ${info.size} bytes` });
      }
      if (info.size === 0) {
        await handle.close();
        return { info, stream: Readable.from([]) };
      }
      // The handle keeps the content it was opened on, whatever is put under the key from now on.
      return { info, stream: handle.createReadStream({ start, end }) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async stat(key: string): Promise<FileInfo> {
    const { handle, info } = await this.#open(key);
    await handle.close();
    return info;
  }

  async delete(key: string): Promise<void> {
    const { folders, name } = keySegments(key);
    try {
      const folder = await this.#existingFolder(folders);
      await unlink(join(folder, name));
      await syncFolder(folder);
    } catch (error) {
      const failure = await this.#judge(error, 'Deleting a file');
      if (!isFileError(failure, 'files_not_found')) throw failure;
    }
  }

  async list(prefix: string, options: { limit?: number; cursor?: string } = {}): Promise<FilePage> {
    const folders = prefixFolders(prefix);
    const limit = pageLimit(options.limit);
    try {
      await this.#existingFolder(folders);
      return await listFolder(this.#files, folders, { limit, after: decodePosition(options.cursor) });
    } catch (error) {
      const failure = await this.#judge(error, 'Listing files');
      if (isFileError(failure, 'files_not_found')) return { files: [] };
      throw failure;
    }
  }

  async signedUrl(key: string, options: LinkOptions): Promise<string> {
    return this.#options.links.sign(key, options);
  }

  async health(): Promise<void> {
    try {
      await access(this.#files, constants.R_OK | constants.W_OK | constants.X_OK);
      await access(this.#incoming, constants.W_OK | constants.X_OK);
      const { bavail, bsize } = await statfs(this.#files);
      if (bavail * bsize < MIN_FREE_BYTES) {
        throw fileError('files_unavailable', { message: 'The files folder has less than 64 MB free' });
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw fileError('files_unavailable', {
        message: `The files folder cannot be used: ${errno(error) ?? 'unknown error'}`,
        cause: error,
      });
    }
  }

  async #publish(draft: string, folders: readonly string[], name: string): Promise<void> {
    const folder = join(this.#files, ...folders);
    const firstMade = await mkdir(folder, { recursive: true, mode: 0o750 });
    await this.#refuseLinks(folder);
    await rename(draft, join(folder, name));
    await syncFolder(folder);
    if (firstMade === undefined) return;
    // New folders last only when the folders that name them are on disk too.
    for (let depth = folders.length - 1; depth >= 0; depth -= 1) {
      await syncFolder(join(this.#files, ...folders.slice(0, depth)));
    }
  }

  async #open(key: string): Promise<{ handle: FileHandle; info: FileInfo }> {
    const { folders, name } = keySegments(key);
    let handle: FileHandle | undefined;
    try {
      handle = await open(join(await this.#existingFolder(folders), name), READ_ONLY);
      const stats = await handle.stat();
      if (!stats.isFile())
        throw fileError('files_not_found', { message: 'Reading a file: not a stored file' });
      const contentBytes = stats.size - TRAILER_BYTES;
      const bytes = Buffer.alloc(TRAILER_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, TRAILER_BYTES, Math.max(0, contentBytes));
      const trailer = decodeTrailer(bytes.subarray(0, bytesRead), contentBytes);
      return { handle, info: { key, ...trailer, modifiedAt: stats.mtime } };
    } catch (error) {
      await handle?.close();
      throw await this.#judge(error, 'Reading a file');
    }
  }

  /** When the volume has gone, "no such file" would be a lie that callers act upon. */
  async #judge(error: unknown, what: string): Promise<AppError> {
    const failure = fromFileSystem(error, what);
    if (!isFileError(failure, 'files_not_found')) return failure;
    const reason = await access(this.#files).then(() => undefined, errno);
    if (reason === undefined) return failure;
    return fileError('files_unavailable', {
      message: `${what}: the files folder is gone (${reason})`,
      cause: error,
    });
  }

  async #existingFolder(folders: readonly string[]): Promise<string> {
    const folder = join(this.#files, ...folders);
    await this.#refuseLinks(folder);
    return folder;
  }

  /** Somebody with a shell may have put a symbolic link inside; it must not lead readers or writers elsewhere. */
  async #refuseLinks(folder: string): Promise<void> {
    if ((await realpath(folder)) !== folder) {
      throw fileError('files_not_found', {
        message: 'A symbolic link inside the files folder is not followed',
      });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
