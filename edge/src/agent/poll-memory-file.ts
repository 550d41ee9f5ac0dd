import { join } from 'node:path';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { PollMemory } from '../poll/index.ts';

const FILE = 'polling.json';
/** A card is not written for what is learnt again within minutes. */
const EVERY_MS = 15 * 60_000;

/**
 * What polling has learnt, over restarts. Written after each sweep, since then a restart must not sweep again, and
 * else rarely: a count that is older only makes the next comparison a coarser one.
 */
export class PollMemoryFile {
  readonly #path: string;
  #written = '';
  #writtenAt = 0;
  #due = false;

  constructor(folder: string) {
    this.#path = join(folder, FILE);
  }

  /** Anything: polling believes only what it understands. */
  load(): unknown {
    try {
      const bytes = readIfThere(this.#path);
      return bytes && JSON.parse(bytes.toString('utf8'));
    } catch {
      return undefined;
    }
  }

  swept(): void {
    this.#due = true;
  }

  tend(mono: number, memory: () => PollMemory): void {
    if (!this.#due && mono - this.#writtenAt < EVERY_MS) return;
    this.#writtenAt = mono;
    this.save(memory());
    this.#due = false;
  }

  save(memory: PollMemory): void {
    const text = JSON.stringify(memory);
    if (text === this.#written) return;
    writeDurably(this.#path, `${text}\n`);
    this.#written = text;
  }
}
