import { text } from 'node:stream/consumers';
import { isAppError } from '../kernel/errors.ts';
import type { FileStore } from '../platform/files/index.ts';
import {
  type Anchor,
  formatAnchor,
  inOrderOfAnchors,
  isGenuineAnchor,
  parseAnchor,
} from './domain/anchor.ts';
import type { TrustedKey } from './domain/checkpoint.ts';

const FOLDER = 'audit/anchors/';
const LATEST = `${FOLDER}latest.json`;

/** What was found where anchors are kept: genuine ones in their order, and the names of files that are no such thing. */
export interface FoundAnchors {
  readonly anchors: readonly Anchor[];
  readonly forged: readonly string[];
}

/**
 * Anchors in the store of files: `audit/anchors/<epoch>/<year and month>/<round>.json`, never changed, and a copy of
 * the last one. Only added to, so a bucket that forbids deletion holds them against everybody.
 */
export class AnchorLog {
  readonly #files: Pick<FileStore, 'get' | 'put' | 'list'>;
  readonly #trusted: readonly TrustedKey[];

  constructor(files: Pick<FileStore, 'get' | 'put' | 'list'>, trusted: readonly TrustedKey[]) {
    this.#files = files;
    this.#trusted = trusted;
  }

  /** The one that governs. A copy that is missing or no copy does not hide the others. */
  async newest(): Promise<Anchor | undefined> {
    const latest = await this.#read(LATEST);
    if (latest) return latest;
    return (await this.all()).anchors.at(-1);
  }

  async add(anchor: Anchor): Promise<void> {
    const month = anchor.at.slice(0, 7);
    const key = `${FOLDER}${String(anchor.epoch).padStart(4, '0')}/${month}/${String(anchor.number).padStart(16, '0')}.json`;
    const body = Buffer.from(formatAnchor(anchor));
    for (const place of [key, LATEST])
      await this.#files.put(place, body, { contentType: 'application/json' });
  }

  async all(): Promise<FoundAnchors> {
    const anchors: Anchor[] = [];
    const forged: string[] = [];
    for await (const key of this.#keys()) {
      const anchor = await this.#read(key);
      if (anchor) anchors.push(anchor);
      else forged.push(key);
    }
    return { anchors: anchors.sort(inOrderOfAnchors), forged };
  }

  async *#keys(): AsyncIterable<string> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.#files.list(FOLDER, { limit: 1_000, ...(cursor !== undefined && { cursor }) });
      for (const { key } of page.files) if (key !== LATEST) yield key;
      cursor = page.cursor;
      if (cursor === undefined) return;
    }
  }

  async #read(key: string): Promise<Anchor | undefined> {
    try {
      const { stream } = await this.#files.get(key);
      const anchor = parseAnchor(await text(stream));
      return anchor && isGenuineAnchor(anchor, this.#trusted) ? anchor : undefined;
    } catch (error) {
      if (isAppError(error, 'files_not_found') || isAppError(error, 'files_damaged')) return undefined;
      throw error;
    }
  }
}
