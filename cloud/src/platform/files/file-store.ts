import type { Readable } from 'node:stream';
import type { ContentType } from './content-type.ts';

export interface FileInfo {
  readonly key: string;
  readonly size: number;
  readonly contentType: ContentType;
  /** Hex. Of the whole content, taken while it was received. */
  readonly sha256: string;
  readonly modifiedAt: Date;
}

export interface PutOptions {
  readonly contentType: string;
  /** The upload ends with `files_too_large` at the first byte beyond; never above the store's own limit. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in HTTP. */
  readonly end: number;
}

export interface GetOptions {
  readonly range?: ByteRange;
  /** Fails with `files_changed` when the content is no longer this one. */
  readonly sha256?: string;
}

export interface StoredFile {
  readonly info: FileInfo;
  /** The caller reads it to the end or destroys it. */
  readonly stream: Readable;
}

export interface ListedFile {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

export interface FilePage {
  readonly files: readonly ListedFile[];
  /** Hand it back for the next page; absent on the last. */
  readonly cursor?: string;
}

export interface LinkOptions {
  /** Seconds. At most a week (the limit of S3 signatures). */
  readonly expiresIn: number;
  readonly disposition?: 'attachment' | 'inline';
  /** What the person's browser calls the file, in any script. */
  readonly downloadName?: string;
}

export type FileBody = Readable | AsyncIterable<Uint8Array> | Uint8Array;

/**
 * A place for files. A put is whole or not at all: until it resolves a reader sees the former content or nothing;
 * when it fails, the stream it was given is destroyed.
 * Of two puts of one key the later to finish wins, whole. Keys are minted by the caller, never taken from a person.
 */
export interface FileStore {
  put(key: string, body: FileBody, options: PutOptions): Promise<FileInfo>;
  get(key: string, options?: GetOptions): Promise<StoredFile>;
  stat(key: string): Promise<FileInfo>;
  /** Nothing happens when there is no such file. */
  delete(key: string): Promise<void>;
  /** In byte order of the keys. */
  list(prefix: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<FilePage>;
  /** A link that works without a sign-in until it expires. */
  signedUrl(key: string, options: LinkOptions): Promise<string>;
  /** Rejects with the reason when files cannot be stored now. */
  health(): Promise<void>;
  /** Prepares the place and clears what a killed process left. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
