import { runMigrations } from 'bullmq';
import type { ClientBase } from 'pg';
import { QUEUE_SCHEMA } from './postgres-backend.ts';

/** Brings the queue's own schema up, in one transaction. Needs one session of the owner, not inside a transaction. */
export async function migrateQueue(owner: ClientBase): Promise<void> {
  await runMigrations(owner as never, QUEUE_SCHEMA);
}

/**
 * What a role needs to add and to run jobs: rows, sequences and functions, nothing that changes the schema.
 * Ids are always given, so that BullMQ never makes its sequence per queue, which would need CREATE.
 */
export async function grantQueue(owner: ClientBase, role: string): Promise<void> {
  const name = `"${role.replaceAll('"', '""')}"`;
  const schema = `"${QUEUE_SCHEMA}"`;
  await owner.query(`
    revoke all on schema ${schema} from public;
    grant usage on schema ${schema} to ${name};
    grant select, insert, update, delete on all tables in schema ${schema} to ${name};
    revoke insert, update, delete on table ${schema}.migration from ${name};
    grant usage, select on all sequences in schema ${schema} to ${name};
    grant execute on all functions in schema ${schema} to ${name};
  `);
}

/** The queue's part of the migration step: `parts: [queueSchema]`. */
export const queueSchema = {
  name: 'queue',
  migrate: async (owner: ClientBase): Promise<void> => {
    await migrateQueue(owner);
    await grantQueue(owner, 'meterline_app');
  },
};
