/** How long what is known of a gateway's room is believed. */
const BELIEVED_MS = 60_000;
const MOST = 20_000;

/**
 * Which refused messages need not bring their bytes to the database once more: their letter is there already, or its
 * gateway has used up its room. A flood of large ones would cost more than all honest ones together.
 */
export class LetterRoom {
  readonly #now: () => number;
  /** Gateways without room, and letters that are there; until when that is believed. */
  readonly #until = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  hasRoom(gateway: string, digest: string): boolean {
    return !this.#believed(gateway) && !this.#believed(`${gateway} ${digest}`);
  }

  /** `kept`: a new letter, with or without its bytes; undefined: none, as it was there or there was no room at all. */
  told(gateway: string, digest: string, kept: boolean | undefined): void {
    if (this.#until.size > MOST) this.#until.clear();
    const until = this.#now() + BELIEVED_MS;
    if (kept === true) this.#until.set(`${gateway} ${digest}`, until);
    else if (!this.#believed(`${gateway} ${digest}`) && !this.#believed(gateway))
      this.#until.set(gateway, until);
  }

  #believed(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(key);
    return false;
  }
}
