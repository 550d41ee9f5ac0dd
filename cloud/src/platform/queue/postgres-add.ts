import { QUEUE_SCHEMA } from './postgres-backend.ts';
import type { JobToStore } from './stored-job.ts';

/** A connection or a transaction of `pg`, or anything shaped like one. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** One statement for any number of jobs, in the order given. An id that exists already is left as it is. */
const ADD = `
  select ${QUEUE_SCHEMA}.add_job(
    job.queue, job.id, job.name, job.data, job.options, job.priority, job.delay, $2::bigint, job.attempts,
    null, null, null, null, null, false)
  from jsonb_to_recordset($1::jsonb) as job (
    queue text, id text, name text, data jsonb, options jsonb, priority integer, delay bigint, attempts integer)`;

/** `nowMs` is of the system's clock, by which the workers of BullMQ decide what is due. */
export async function addWithin(
  client: Queryable,
  jobs: readonly JobToStore[],
  nowMs: number,
): Promise<void> {
  const rows = jobs.map(({ queue, id, name, data, options }) => ({
    queue,
    id,
    name,
    data,
    options: { ...options, jobId: id },
    priority: options.priority,
    delay: options.delay,
    attempts: options.attempts,
  }));
  await client.query(ADD, [JSON.stringify(rows), nowMs]);
}
