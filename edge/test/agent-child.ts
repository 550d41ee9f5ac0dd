import { writeSync } from 'node:fs';
import { systemClock } from '../src/clock.ts';
import { buildAgent } from '../src/main.ts';
import { loadProfiles } from '../src/meters/profile-store.ts';
import { Journal } from '../src/store/index.ts';
import type { Power } from './agent-support.ts';

/**
 * The whole agent until it is killed, on a clock of its own. Says on standard output what the journal
 * has put on the medium, after it has: the order of its lines is the order of events.
 */
const [state = '', config = '', told = ''] = process.argv.slice(2);
const { boot, bootedNs, ahead, step, trust }: Power = JSON.parse(told);
const say = (line: string) => writeSync(1, `${line}\n`);

const monoNs = () => process.hrtime.bigint() + BigInt(ahead) * 1_000_000n - BigInt(bootedNs);
const wallMs = () => Date.now() + ahead + step;
const clock = systemClock({ bootId: () => boot, hrtimeNs: monoNs, wallMs, uptimeNs: () => undefined });

const { append, tend } = Journal.prototype;
Journal.prototype.append = function (this: Journal, entries, options) {
  const kept = append.call(this, entries, options);
  if (kept.ok && options?.durable) {
    for (const entry of entries) {
      if (entry.kind === 'boundary') say(`kept ${entry.point} ${entry.at.wall - step} ${entry.value}`);
    }
  }
  return kept;
};
Journal.prototype.tend = function (this: Journal) {
  tend.call(this);
  this.seal(undefined, { all: true });
};

const agent = buildAgent({
  state,
  config,
  agent: 'test 1',
  profiles: loadProfiles(),
  clock,
  trustClock: trust,
  log: (level, line) => say(`log ${level} ${line}`),
  limits: { groupRows: 20, groupMs: 200, graceMs: 500, resendAfterMs: 1_000, resendMaxMs: 2_000 },
  rules: {
    rules: {
      soon: { firstMs: 30, mostMs: 150, leastMs: 10 },
      slow: { firstMs: 200, mostMs: 200 },
      steadyMs: 500,
      repeatMs: 60_000,
      subscribeAgainMs: 60_000,
    },
    connectTimeoutMs: 2_000,
  },
});
await agent.start();
say('open');
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)));
