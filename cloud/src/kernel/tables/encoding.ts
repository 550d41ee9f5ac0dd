export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-874'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface Detected {
  readonly encoding: Encoding;
  /** In words, for the person who must be able to say otherwise. */
  readonly because: string;
}

/** Positions that Windows-874 leaves empty: text in it has none of them. */
const EMPTY_IN_874 = emptyPositions();

function emptyPositions(): Uint8Array {
  const empty = new Uint8Array(256);
  const used = (byte: number) =>
    byte < 0x80 || byte === 0x80 || byte === 0x85 || (byte >= 0x91 && byte <= 0x97) || byte === 0xa0;
  for (let byte = 0; byte < 256; byte++) {
    const thai = (byte >= 0xa1 && byte <= 0xda) || (byte >= 0xdf && byte <= 0xfb);
    if (!used(byte) && !thai) empty[byte] = 1;
  }
  return empty;
}

/**
 * Looks at every byte of a file before the first of them is believed: the one Thai letter of a list may stand at its
 * end. UTF-16 without a mark is known by the zero bytes of its Latin half.
 */
export class EncodingProbe {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #head: Buffer = Buffer.alloc(0);
  #isUtf8 = true;
  #is874 = true;
  #ascii = true;
  #bytes = 0;
  readonly #zeros = [0, 0];

  take(chunk: Uint8Array): void {
    if (this.#head.length < 4) this.#head = Buffer.concat([this.#head, chunk.subarray(0, 4)]);
    for (const byte of chunk) {
      if (byte >= 0x80) this.#ascii = false;
      if (EMPTY_IN_874[byte] === 1) this.#is874 = false;
      if (byte === 0) this.#zeros[this.#bytes & 1] = (this.#zeros[this.#bytes & 1] ?? 0) + 1;
      this.#bytes += 1;
    }
    this.#tryUtf8(() => this.#utf8.decode(chunk, { stream: true }));
  }

  /** Undefined: none of them; a person has to say. */
  finish(): Detected | undefined {
    this.#tryUtf8(() => this.#utf8.decode());
    const marked = byMark(this.#head);
    if (marked) return marked;
    const [even = 0, odd = 0] = this.#zeros;
    const half = this.#bytes / 2;
    if (even + odd > 0) {
      if (odd > half / 4 && even < odd / 10)
        return { encoding: 'utf-16le', because: 'every other byte is zero' };
      if (even > half / 4 && odd < even / 10)
        return { encoding: 'utf-16be', because: 'every other byte is zero' };
      return undefined;
    }
    if (this.#ascii) return { encoding: 'utf-8', because: 'it holds plain ASCII only' };
    if (this.#isUtf8) return { encoding: 'utf-8', because: 'all of it is valid UTF-8' };
    if (this.#is874)
      return { encoding: 'windows-874', because: 'it is not UTF-8, and every byte is one of Windows-874' };
    return undefined;
  }

  #tryUtf8(decode: () => void): void {
    if (!this.#isUtf8) return;
    try {
      decode();
    } catch {
      this.#isUtf8 = false;
    }
  }
}

function byMark(head: Buffer): Detected | undefined {
  const because = 'it begins with a byte order mark';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', because };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', because };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', because };
  return undefined;
}
