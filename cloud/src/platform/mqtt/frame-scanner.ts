/** Its packet type (MQTT 3.1.1, §2.2.1), as it stands in the first four bits. */
export const PUBLISH = 3;

/**
 * Follows the lengths in a stream of MQTT packets (§2.2.3) without looking into them. The parser behind it collects a
 * packet of 256 MB before anybody could say that it is too large.
 */
export class FrameScanner {
  #type = 0;
  #left = 0;
  #digits = 0;
  #length = 0;
  #inLength = false;

  /** A packet has begun and is not whole yet. */
  get pending(): boolean {
    return this.#inLength || this.#left > 0;
  }

  /**
   * Calls `begun` for each packet whose length has become known, and `whole` for each that has ended. False when a length
   * is none, or `begun` has said so: nothing of this stream can be trusted any more.
   */
  scan(chunk: Uint8Array, begun: (type: number, bytes: number) => boolean, whole: () => void): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, chunk.length - at);
        this.#left -= part;
        at += part;
        if (this.#left === 0) whole();
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (!this.#inLength) this.#begin(byte);
      else if (!this.#digit(byte, begun, whole)) return false;
    }
    return true;
  }

  #begin(byte: number): void {
    this.#type = byte >>> 4;
    this.#inLength = true;
    this.#digits = 0;
    this.#length = 0;
  }

  #digit(byte: number, begun: (type: number, bytes: number) => boolean, whole: () => void): boolean {
    this.#length += (byte & 0x7f) * 128 ** this.#digits;
    this.#digits += 1;
    if (byte >= 0x80) return this.#digits < 4;
    this.#inLength = false;
    if (!begun(this.#type, this.#length)) return false;
    this.#left = this.#length;
    if (this.#left === 0) whole();
    return true;
  }
}
