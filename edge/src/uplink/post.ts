import { deflate } from '@meterline/contracts';
import type { Session } from './session.ts';

const KEPT_MAX = 256;

/** Deflated where that is shorter; a suffix on the topic says so. */
function shortest(plain: Buffer, topic: string): { topic: string; payload: Buffer } {
  const deflated = plain.length > 200 ? deflate(plain) : plain;
  // The suffix costs two bytes.
  return deflated.length + 2 < plain.length
    ? { topic: `${topic}/z`, payload: deflated }
    : { topic, payload: plain };
}

/**
 * Results and reports: few, small, and sent until the broker has them. They are not in the journal; whoever made
 * them can make them again.
 */
export class Post {
  readonly #waiting = new Map<string, { topic: string; payload: Buffer }>();
  dropped = 0;

  /** A later one with the same key takes the place of the one before. */
  put(key: string, topic: string, plain: Buffer): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, shortest(plain, topic));
    if (this.#waiting.size <= KEPT_MAX) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
    this.dropped += 1;
  }

  forget(key: string): void {
    this.#waiting.delete(key);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  send(session: Session, only?: string): void {
    for (const [key, letter] of this.#waiting) {
      if (only !== undefined && key !== only) continue;
      session.publish(letter.topic, letter.payload, () => {
        if (this.#waiting.get(key) === letter) this.#waiting.delete(key);
      });
    }
  }
}
