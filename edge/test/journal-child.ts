import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../src/clock.ts';
import { Journal } from '../src/store/index.ts';
import { entries, gatewayOf } from './journal-support.ts';

/**
 * Writes a journal until it is killed, and says on standard output what was acknowledged, after it was. The hub is
 * away and back at random; its receipts come from the parent only through the next life of the file.
 */
const [path = '', seed = '', from = '0'] = process.argv.slice(2);
const { gateway, signer, points } = gatewayOf(seed);
const clock = systemClock();
const limits = { groupRows: 40, groupMs: 5, reserveBytes: 0, graceMs: 0 };
const journal = new Journal({ path, gateway, signer, clock, agent: 'child', limits });
const make = entries({ clock: { ...clock, advance() {}, setWall() {}, reboot() {} }, points });
const say = (line: string) => writeSync(1, `${line}\n`);

if (!journal.status().synced) journal.append([make.anchor(Date.now())], { durable: true });
say(`open ${journal.status().last}`);
for (let n = Number(from); ; n += 1) {
  const durable = n % 3 === 0;
  const entry = durable ? make.billing(n % 20, 1_000_000 + n) : make.gauge(n % 100, n);
  const result = journal.append([entry], { durable });
  if (result.ok && result.state === 'committed') say(`kept ${n} ${result.last}`);
  if (n % 7 === 0) journal.tend();
  if (n % 40 === 0) journal.seal(clock.now(), { all: true });
  if (n % 25 === 0) {
    for (const { number, digest, kind } of journal.nextBatches(randomInt(2) ? 'live' : 'backfill', 3)) {
      say(`sent ${number} ${digest} ${kind}`);
    }
    if (randomInt(3) === 0) journal.disconnected();
  }
}
