import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { troubleOf } from './errors.ts';

/**
 * Bytes that stand on the disk for the day when it is full: even giving room back must first write to the log.
 * Must hold the log and the growth of the file that waits in it.
 */
export class Reserve {
  private readonly file: string;
  readonly bytes: number;

  constructor(journal: string, bytes: number) {
    this.file = `${journal}.reserve`;
    this.bytes = bytes;
  }

  get held(): boolean {
    return existsSync(this.file) && statSync(this.file).size >= this.bytes;
  }

  /** False when there was nothing to give. */
  free(): boolean {
    if (!existsSync(this.file)) return false;
    rmSync(this.file, { force: true });
    return true;
  }

  /** Fills it again when that leaves at least as much beside it. */
  keep(): void {
    if (this.bytes === 0 || this.held || this.disk().free < 2 * this.bytes) return;
    try {
      const file = openSync(this.file, 'w', 0o600);
      try {
        const zeros = Buffer.alloc(64 * 1_024);
        for (let at = 0; at < this.bytes; at += zeros.length) writeSync(file, zeros, 0, zeros.length, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      rmSync(this.file, { force: true });
      if (troubleOf(error) === undefined) throw error;
    }
  }

  disk(): { free: number; total: number } {
    const { bavail, blocks, bsize } = statfsSync(dirname(this.file));
    return { free: bavail * bsize, total: blocks * bsize };
  }
}
