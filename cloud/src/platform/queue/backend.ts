import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackendFactory,
  type IQueueBackend,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import type { Pool } from 'pg';

export type QueueBackendSettings =
  | { readonly kind: 'postgres'; readonly url: string; readonly poolSize?: number }
  | {
      readonly kind: 'redis';
      readonly url: string;
      /** Keys of one installation begin with it. In braces, so that a cluster keeps them in one slot. */
      readonly prefix?: string;
    };

/** One connection to the place where jobs wait; every queue and worker of the process shares it. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  /** host:port, for messages; never a credential. */
  readonly address: string;
  queue(name: string, options: Omit<QueueOptions, 'connection'>): Queue;
  worker(name: string, run: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Connects, and checks what would lose jobs later; rejects within seconds. */
  open(): Promise<void>;
  /** Resolves when a command can be sent, at once or after a short interruption; rejects after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  /** Rejects unless a command went there and back. */
  ping(): Promise<void>;
  /** Every error of a connection, also of those that heal by themselves. */
  onError(listener: (error: unknown) => void): void;
  /** PostgreSQL alone: for adding jobs in one statement. */
  readonly pool?: Pool;
  /** Names of all queues that have ever been used here, also by older versions of the program. */
  storedQueues(): Promise<readonly string[]>;
  /** Drops all connections now: whatever still waits for an answer fails. */
  sever(): void;
  /** Ends the connections in order, within seconds. */
  close(): Promise<void>;
}

/** A claim that failed is not tried again at once: a server that starts up refuses thousands a second. */
const CLAIM_RETRY_MS = 1_000;

type AnyFactory = (...call: Parameters<BackendFactory<IQueueBackend, never>>) => IQueueBackend;

/** BullMQ's classes are typed for the Redis backend; this is the one place that says what they are given. */
export function bullmqClasses(
  base: { readonly connection: unknown; readonly prefix?: string },
  factory: AnyFactory,
): Pick<QueueBackend, 'queue' | 'worker'> {
  const make = ((...call: Parameters<AnyFactory>) => patient(factory(...call))) as never;
  return {
    queue: (name, options) => new Queue(name, { ...options, ...base } as QueueOptions, make),
    worker: (name, run, options) => new Worker(name, run, { ...options, ...base } as WorkerOptions, make),
  };
}

function patient<B extends IQueueBackend>(backend: B): B {
  const claim = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...call: Parameters<typeof claim>) => {
    try {
      return await claim(...call);
    } catch (error) {
      await sleep(CLAIM_RETRY_MS);
      throw error;
    }
  };
  return backend;
}

export const CONNECT_TIMEOUT_MS = 5_000;

export function addressOf(url: string, defaultPort: number): string {
  try {
    const parsed = new URL(url);
    // PostgreSQL's socket form carries the host in the query: postgresql:///db?host=/run/postgresql
    const host = parsed.hostname || parsed.searchParams.get('host') || 'localhost';
    return host.startsWith('/') ? host : `${host}:${parsed.port || defaultPort}`;
  } catch {
    return 'an address that is not a URL';
  }
}

/** The server's own words, without the addresses and names that drivers put around them. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return code !== undefined && /^E[A-Z]+$/.test(code) ? code : error.message || (code ?? error.name);
}
