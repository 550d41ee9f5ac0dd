import { loadProfiles } from '../../src/ingest/profiles.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { UsageWorker } from '../../src/metering/usage.worker.ts';
import { createPool, Database, Listener, type Outbox, outboxStore } from '../../src/platform/db/index.ts';
import { USAGE_CHANNEL } from '../../src/readings/index.ts';

// The ledger's worker as a process of role worker runs it, beside the ingest that is measured; until it is ended.

const [appUrl = '', workerUrl = ''] = process.argv.slice(2);
const ids = createIds(systemClock);
const onHookError = (error: unknown) => {
  throw error;
};
const db = new Database<{ readonly outbox: Outbox }>({
  pool: createPool({ url: appUrl, setting: 'bench', size: 4 }),
  url: appUrl,
  stores: { outbox: outboxStore({ ids }) },
  onHookError,
});
const everybody = new Database<unknown>({
  pool: createPool({ url: workerUrl, setting: 'bench', size: 4 }),
  url: workerUrl,
  servesAll: true,
  stores: {},
  onHookError,
});
const worker = new UsageWorker({
  everybody,
  db,
  ids,
  clock: systemClock,
  profiles: loadProfiles().profiles,
  onError: (error) => process.stderr.write(`recompute: ${String(error)}\n`),
});
worker.start();
new Listener({ url: workerUrl, setting: 'bench', channel: USAGE_CHANNEL, onNotify: worker.wake }).start();
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
