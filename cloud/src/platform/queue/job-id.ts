import { queueError } from './queue.errors.ts';

const MAX_LENGTH = 300;

/**
 * The id under which a job is stored: its name and the caller's key. A key is therefore unique per job name,
 * not per queue; and it may be a bare number or hold a colon, which BullMQ itself refuses.
 */
export function storedJobId(name: string, key: string): string {
  const id = `${name}/${encodeURIComponent(key)}`;
  if (key === '' || id.length > MAX_LENGTH) {
    throw queueError('job_id_invalid', {
      message: `the id of a ${name} job must have 1 to ${MAX_LENGTH} characters`,
    });
  }
  return id;
}

export interface JobAddress {
  readonly queue: string;
  /** As stored: `name/key`, or `repeat:schedule:milliseconds` for a run of a schedule. */
  readonly stored: string;
}

/** What people and tools see: unique across queues, for `replay` and `discard`. */
export function publicJobId({ queue, stored }: JobAddress): string {
  return `${queue}:${stored}`;
}

export function parsePublicJobId(id: string): JobAddress | undefined {
  const colon = id.indexOf(':');
  if (colon < 1 || colon === id.length - 1) return undefined;
  return { queue: id.slice(0, colon), stored: id.slice(colon + 1) };
}

/** When a run of a schedule was due, from the id that BullMQ gives it. */
export function dueMsOfRun(stored: string): number | undefined {
  const match = /^repeat:.+:(\d{1,16})$/.exec(stored);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
