/**
 * Watches the lengths in a stream of MQTT packets (MQTT 3.1.1 §2.2.3). The client library would collect a packet of
 * 256 MB before anybody could say that it is too large.
 */
export class FrameGuard {
  readonly #mostBytes: number;
  #skip = 0;
  #digits = 0;
  #length = 0;
  #inLength = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** False when a packet is longer than allowed, or its length is none. */
  pass(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const part = Math.min(this.#skip, chunk.length - at);
        this.#skip -= part;
        at += part;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (!this.#inLength) {
        this.#inLength = true;
        this.#digits = 0;
        this.#length = 0;
        continue;
      }
      this.#length += (byte & 0x7f) * 128 ** this.#digits;
      this.#digits += 1;
      if (this.#length > this.#mostBytes || (this.#digits === 4 && byte >= 0x80)) return false;
      if (byte < 0x80) {
        this.#inLength = false;
        this.#skip = this.#length;
      }
    }
    return true;
  }
}
