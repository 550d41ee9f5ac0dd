import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { gatewayOf } from './journal-support.ts';
import { entriesAt, gatewayWith } from './support/fake-hub-gateway.ts';

/**
 * Reads, journals and sends until it is killed. Says on standard output what was committed, after it was; what is
 * sent, before it is; what is receipted, after the journal knows. The order of its lines is the order of events.
 */
const [folder = '', port = '', seed = '', from = '0'] = process.argv.slice(2);
const { gateway, signer, points } = gatewayOf(seed);
const clock = systemClock();
const say = (line: string) => writeSync(1, `${line}\n`);

const { journal, uplink } = gatewayWith({
  folder,
  gateway,
  signer,
  clock,
  broker: { url: `mqtt://127.0.0.1:${port}`, token: 'token', ca: [] },
  ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
  limits: { groupRows: 40, groupMs: 5, graceMs: 500, resendAfterMs: 1_000, resendMaxMs: 2_000 },
  options: {
    rules: {
      soon: { firstMs: 30, mostMs: 150, leastMs: 10 },
      slow: { firstMs: 200, mostMs: 200 },
      steadyMs: 500,
      repeatMs: 60_000,
      subscribeAgainMs: 60_000,
    },
    settings: { backfillBytesPerSecond: 5_000_000, monthlyBytes: null, statusMs: 10_000, sealMs: 1_000 },
    connectTimeoutMs: 2_000,
    observer: {
      sent: ({ digest, journal: id, number }) => say(`sent ${digest} ${id} ${number}`),
      settled: (digest) => say(`settled ${digest}`),
    },
    log: () => {},
  },
});
const make = entriesAt(clock, points);
if (!journal.status().synced) journal.append([make.anchor()], { durable: true });
uplink.start();
say(`open ${journal.status().last}`);

let n = Number(from);
setInterval(() => {
  for (let burst = 0; burst < 10; burst += 1, n += 1) {
    const durable = n % 5 === 0;
    const entry = durable ? make.billing(n % 50, 1_000_000 + n) : make.gauge(50 + (n % 50), n);
    const result = journal.append([entry], { durable });
    if (result.ok && result.state === 'committed') say(`kept ${n} ${result.last}`);
  }
  journal.tend();
  journal.seal(clock.now(), { all: true });
  uplink.nudge();
}, 5);
