import { once } from 'node:events';
import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { isAppError } from '../../kernel/errors.ts';
import { addressOf, bullmqClasses, CONNECT_TIMEOUT_MS, type QueueBackend, reasonOf } from './backend.ts';
import { settlesWithin, withDeadline } from './deadline.ts';
import { queueError } from './queue.errors.ts';

const DEFAULT_PREFIX = '{meterline}';
const QUIT_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 5_000;
/** Several clients may come up slowly after a restart; a boot may not. */
const OPEN_TIMEOUT_MS = CONNECT_TIMEOUT_MS + 1_000;

export function redisBackend(url: string, prefix = DEFAULT_PREFIX): QueueBackend {
  const address = addressOf(url, 6379);
  let severed = false;
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A worker waits for its next job however long Redis is away; callers have deadlines of their own.
    maxRetriesPerRequest: null,
    keepAlive: 10_000,
    connectionName: 'meterline-queue',
    // Also that of the workers' own connections, which are copies of this one.
    retryStrategy: (attempt) =>
      severed ? null : Math.min(100 * 2 ** Math.min(attempt, 10), RECONNECT_MAX_MS),
  });
  const copies = copiesOf(client);
  // Told to disconnect between two attempts, a client waits for ever for its own end, and with it whatever waits for
  // an answer. One more attempt, and no other after it, ends all of that at once.
  const sever = () => {
    severed = true;
    for (const each of [client, ...copies]) {
      if (each.status === 'reconnecting') each.connect().catch(() => {});
      else each.disconnect();
    }
  };
  const listeners: ((error: unknown) => void)[] = [];
  let lastError: unknown;
  client.on('error', (error) => {
    lastError = error;
    for (const listener of listeners) listener(error);
  });
  return {
    kind: 'redis',
    address,
    ...bullmqClasses({ connection: client, prefix }, createRedisBackend as never),
    open: () => open(client, address, () => lastError),
    ready: (timeoutMs) => ready(client, timeoutMs),
    ping: async () => {
      // Not sent into the queue of a client that is offline: it would be answered much later, or never.
      if (client.status !== 'ready') throw new Error(`connection is ${client.status}`);
      await client.ping();
    },
    onError: (listener) => {
      listeners.push(listener);
    },
    storedQueues: () => storedQueues(client, prefix),
    sever,
    close: async () => {
      if (client.status !== 'ready' || !(await settlesWithin(client.quit(), QUIT_TIMEOUT_MS))) sever();
    },
  };
}

/** Every worker takes a copy of the connection to block on. */
function copiesOf(client: Redis): ReadonlySet<Redis> {
  const copies = new Set<Redis>();
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...options) => {
    const copy = duplicate(...options);
    copies.add(copy);
    return copy;
  };
  return copies;
}

async function open(client: Redis, address: string, lastError: () => unknown): Promise<void> {
  const unreachable = (error: unknown) =>
    queueError('queue_unreachable', {
      message: `the queue at ${address} cannot be reached: ${reasonOf(error)}`,
      cause: error,
      details: { address },
    });
  try {
    await withDeadline(client.connect(), OPEN_TIMEOUT_MS, () =>
      unreachable(lastError() ?? new Error('no answer')),
    );
    await withDeadline(refuseEviction(client, address), CONNECT_TIMEOUT_MS, () =>
      unreachable(new Error('no answer')),
    );
  } catch (error) {
    client.disconnect();
    throw isAppError(error) ? error : unreachable(lastError() ?? error);
  }
}

/** A Redis that drops keys when its memory is full drops jobs, and says nothing. */
async function refuseEviction(client: Redis, address: string): Promise<void> {
  const memory = await client.info('memory');
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'noeviction';
  const limit = /^maxmemory:(\d+)/m.exec(memory)?.[1] ?? '0';
  if (policy === 'noeviction' || limit === '0') return;
  throw queueError('queue_misconfigured', {
    message: `Redis at ${address} would drop jobs when its memory is full: set maxmemory-policy to noeviction, not ${policy}`,
  });
}

/** Nothing is put into the queue of a client that is offline: it would grow for as long as Redis is away. */
async function ready(client: Redis, timeoutMs: number): Promise<void> {
  if (client.status === 'ready') return;
  const online = new AbortController();
  const waiting = once(client, 'ready', { signal: online.signal });
  try {
    await withDeadline(waiting, timeoutMs, () => new Error(`connection is ${client.status}`));
  } finally {
    online.abort();
  }
}

async function storedQueues(client: Redis, prefix: string): Promise<readonly string[]> {
  const names = new Set<string>();
  // The prefix may hold characters that mean something in a pattern.
  const match = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}:*:meta`;
  for await (const keys of client.scanStream({ match, count: 1_000 }) as AsyncIterable<readonly string[]>) {
    for (const key of keys) names.add(key.slice(prefix.length + 1, -':meta'.length));
  }
  return [...names];
}
