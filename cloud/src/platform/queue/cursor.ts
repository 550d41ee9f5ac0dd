import { z } from 'zod';
import { queueError } from './queue.errors.ts';

const shape = z.strictObject({
  queue: z.string(),
  /** When the last job shown had failed: older ones follow. */
  failedMs: z.number(),
  /** Ids shown that failed in that same millisecond. */
  shown: z.array(z.string()),
  /** Where to start looking; jobs that failed or went since then only make it a hint. */
  offset: z.int().min(0),
});

export type Cursor = z.output<typeof shape>;

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

export function readCursor(text: string): Cursor {
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (error) {
    throw queueError('queue_cursor_invalid', { cause: error });
  }
}
