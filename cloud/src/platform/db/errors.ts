import { defineErrors } from '../../kernel/errors.ts';

export const databaseError = defineErrors({
  database_unreachable: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'no connection to PostgreSQL came up',
  },
  database_role_unsafe: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'a database role may do more, or less, than it is for',
  },
  database_unsupported: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the server is too old or lacks what the schema needs',
  },
  provision_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the database cannot be set up like this',
  },
  schema_pending: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the database has not been migrated to this version',
  },
  schema_unusable: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the schema of the database does not fit this version',
  },
  migration_changed: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'a migration was edited after it had been applied',
  },
  migration_missing: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the database has a migration that this version does not know',
  },
  migration_out_of_order: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'a migration has a lower number than one that was applied',
  },
  migration_invalid: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'a migration file is not as it must be',
  },
  migration_failed: { kind: 'internal', retryable: false, meaning: 'a migration could not be applied' },
  migration_locked: { kind: 'unavailable', retryable: true, meaning: 'another process is migrating' },
  transaction_context_invalid: {
    kind: 'internal',
    retryable: false,
    meaning: 'a transaction was opened for something that is no organisation',
  },
  transaction_closed: {
    kind: 'internal',
    retryable: false,
    meaning: 'a store was used after the end of its transaction',
  },
  transaction_nested: {
    kind: 'internal',
    retryable: false,
    meaning: 'a transaction was opened inside another one',
  },
  transaction_aborted: {
    kind: 'internal',
    retryable: false,
    meaning: 'a statement failed, its error was swallowed, and so nothing was saved',
  },
  transaction_commit_unknown: {
    kind: 'unavailable',
    retryable: false,
    meaning: 'the connection broke during the commit: it may or may not have happened',
  },
  outbox_event_invalid: { kind: 'invalid', retryable: false, meaning: 'an event cannot go into the outbox' },
});

/** The five-character SQLSTATE of a server error, or Node's code of a socket error. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Serialization failure and deadlock: the same transaction may well succeed when run again. */
export function isRetryableConflict(error: unknown): boolean {
  const code = errorCode(error);
  return code === '40001' || code === '40P01';
}
