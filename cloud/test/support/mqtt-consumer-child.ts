import { appendFileSync } from 'node:fs';
import { createBrokerClient } from '../../src/platform/mqtt/index.ts';
import { createLogger } from '../../src/platform/telemetry/index.ts';

export interface ConsumerOrder {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  /** What was settled, a line each: written before it is acknowledged. */
  readonly file: string;
  readonly settleMs: number;
}

// Consumers in a process of their own, to be killed.
const { url, username, password, clientId, file, settleMs } = JSON.parse(
  process.env.CONSUMER ?? '{}',
) as ConsumerOrder;
const door = createBrokerClient(
  {
    place: { url, username, password },
    clientId,
    comesBack: true,
    group: 'meterline',
    filters: ['ml/1/+/up/#'],
    consumers: 4,
    packetBytes: 1_049_600,
    startMs: 10_000,
    logger: createLogger({ level: 'silent', format: 'json', secrets: [] }),
  },
  {
    authenticate: async () => undefined,
    mayPublish: () => false,
    maySubscribe: () => false,
    async received(_, __, payload) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      appendFileSync(file, `${payload}\n`);
    },
  },
);
await door.start();
process.stdout.write('ready\n');
