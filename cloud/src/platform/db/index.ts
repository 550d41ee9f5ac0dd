export {
  clientConfig,
  connect,
  connectionError,
  createPool,
  type PoolSettings,
  place,
  probe,
} from './connection.ts';
export { Database, type DatabaseOptions, type StoreFactories, type Tx } from './database.ts';
export { databaseError, errorCode, isRetryableConflict } from './errors.ts';
export { announcer, Listener, type ListenerOptions, OUTBOX_CHANNEL } from './listener.ts';
export { type MigrateOptions, type MigrateResult, migrate, type SchemaPart } from './migrate.ts';
export { type Layer, MIGRATIONS_FOLDER } from './migration-files.ts';
export { assertSchema, type MigrationStatus, migrationStatus } from './migration-status.ts';
export {
  type DispatcherOptions,
  type EventHandler,
  OutboxDispatcher,
  type OutboxEvent,
  type OutboxMetrics,
} from './outbox.dispatcher.ts';
export type { Outcome } from './outbox.outcome.ts';
export {
  type Backlog,
  discardFailed,
  type FailedEvent,
  failedEvents,
  type NewEvent,
  Outbox,
  outboxBacklog,
  outboxStore,
  replayFailed,
} from './outbox.store.ts';
export { PrismaBridge, type TypedClient } from './prisma.ts';
export { assertPrivileges } from './privileges.ts';
export { type ProvisionedUrls, type ProvisionOptions, provision, urlsOf } from './provision.ts';
export { Pulse } from './pulse.ts';
export { ask, type Question, type Reply } from './question.ts';
export { assertRole, type CheckedRole, checkRole, type RoleCheckOptions } from './role-check.ts';
export { type LoginRole, ROLES } from './roles.ts';
export {
  type Actor,
  ALL_ORGANISATIONS,
  PLATFORM,
  Transaction,
  type TransactionOptions,
} from './transaction.ts';
export { toParameter, typeParsers } from './values.ts';
