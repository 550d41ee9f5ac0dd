import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { AppError } from '../../kernel/errors.ts';
import { fileError } from './file-error.ts';
import { keySegments } from './file-key.ts';
import type { LinkOptions } from './file-store.ts';

/** A week, the most that S3 signatures allow: both backends have the same bound. */
export const MAX_LINK_SECONDS = 604_800;
/** Hubs of one installation do not agree to the second. */
const CLOCK_SLACK_SECONDS = 300;
const MAX_NAME_LENGTH = 200;
/** At either end of a name, before it is cleaned. */
const MAX_CONSIDERED = 1_000;

export interface FileLinksOptions {
  /** At least 32 bytes, used for nothing else. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  /** Where people reach the hub; absent: links without a host. */
  readonly publicUrl?: string;
}

export interface VerifiedLink {
  readonly key: string;
  readonly disposition: 'attachment' | 'inline';
  readonly downloadName: string | undefined;
  readonly secondsLeft: number;
}

export const FILES_PATH = '/api/v1/files/';

/** Links that the hub itself serves: everything that decides what is served, and how, is under the signature. */
export class FileLinks {
  readonly #options: FileLinksOptions;

  constructor(options: FileLinksOptions) {
    if (options.key.byteLength < 32) {
      throw fileError('files_misconfigured', { message: 'The key for file links has fewer than 32 bytes' });
    }
    this.#options = options;
  }

  sign(key: string, options: LinkOptions): string {
    keySegments(key);
    checkLifetime(options.expiresIn);
    const expires = this.#nowSeconds() + options.expiresIn;
    const disposition = options.disposition ?? 'attachment';
    const name = options.downloadName === undefined ? '' : cleanName(options.downloadName);
    const query = new URLSearchParams({ expires: String(expires), disposition });
    if (name !== '') query.set('name', name);
    query.set('signature', this.#mac(key, String(expires), disposition, name).toString('base64url'));
    return `${this.#options.publicUrl?.replace(/\/+$/, '') ?? ''}${FILES_PATH}${key}?${query}`;
  }

  /** Throws `files_link_invalid` or `files_link_expired`. */
  verify(key: string, query: URLSearchParams): VerifiedLink {
    keySegments(key);
    const [expires, disposition, signature] = ['expires', 'disposition', 'signature'].map((it) =>
      single(query, it),
    );
    const name = query.has('name') ? single(query, 'name') : '';
    const known = new Set(['expires', 'disposition', 'signature', 'name']);
    if (expires === undefined || signature === undefined || name === undefined) throw invalid();
    if (disposition !== 'attachment' && disposition !== 'inline') throw invalid();
    if ([...query.keys()].some((it) => !known.has(it)) || !/^[1-9]\d{0,11}$/.test(expires)) throw invalid();

    const wanted = this.#mac(key, expires, disposition, name);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw invalid();

    const secondsLeft = Number(expires) - this.#nowSeconds();
    if (secondsLeft <= 0) throw fileError('files_link_expired', { message: 'This link has expired' });
    // Signed with a clock far ahead, or by someone who held the key for a moment.
    if (secondsLeft > MAX_LINK_SECONDS + CLOCK_SLACK_SECONDS) throw invalid();
    return { key, disposition, downloadName: name === '' ? undefined : name, secondsLeft };
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now().epochMilliseconds / 1000);
  }

  #mac(key: string, expires: string, disposition: string, name: string): Buffer {
    // No part can hold a newline, so no two links have the same text.
    const text = ['meterline file link 1', key, expires, disposition, name].join('\n');
    return createHmac('sha256', this.#options.key).update(text).digest();
  }
}

export function checkLifetime(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_LINK_SECONDS) {
    throw fileError('files_link_invalid', {
      message: `A link lives from 1 to ${MAX_LINK_SECONDS} whole seconds`,
    });
  }
}

/** What a browser may be told to call a file: no path, no control or direction-changing characters. */
export function cleanName(name: string): string {
  // Of megabytes, what will be seen: normalising takes the square of the length of a run of combining marks.
  const seen =
    name.length <= 2 * MAX_CONSIDERED ? name : name.slice(0, MAX_CONSIDERED) + name.slice(-MAX_CONSIDERED);
  const clean = seen
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/[/\\:*?"<>|]/g, '-')
    .trim()
    .replace(/^\.+/, '');
  if (clean.length <= MAX_NAME_LENGTH) return clean;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? '';
  return (
    clean
      .slice(0, MAX_NAME_LENGTH - ending.length)
      .toWellFormed()
      .replace('\ufffd', '') + ending
  );
}

function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function invalid(): AppError {
  return fileError('files_link_invalid', { message: 'This link is not valid' });
}
