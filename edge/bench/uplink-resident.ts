import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ringOf } from '@meterline/contracts';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { Journal } from '../src/store/index.ts';
import { cadenceOf } from '../src/uplink/index.ts';
import { gatewayOf } from '../test/journal-support.ts';
import { verifierFor } from '../test/support/fake-hub.ts';
import { hubBeside } from '../test/support/fake-hub-beside.ts';
import { FakeBuilding } from '../test/support/fake-hub-building.ts';
import { FakeCa } from '../test/support/fake-hub-certificates.ts';
import { entriesAt, gatewayWith, shiftedClock, until } from '../test/support/fake-hub-gateway.ts';

/** A process of its own, because what is measured is its memory: so many days offline, then everything is drained. */
const days = Number(process.argv[2] ?? 3);
const SEED = 'uplink-resident';
const { gateway, signer, points } = gatewayOf(SEED);
const hubKey = verifierFor(gatewayOf(`${SEED}-hub`).signer);
const memory = (name: 'VmRSS' | 'VmHWM') =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) /
  1_024;
const megabytes = (value: number) => Math.round(value);

const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'uplink-'));
const clock = shiftedClock(Date.now() - days * 86_400_000);

/** In another process, too: writing a month in minutes needs memory that writing it in a month does not. */
function fill(): void {
  const cadence = cadenceOf({ sealMs: 900_000, monthlyBytes: 100_000_000, watched: false });
  const journal = new Journal({
    path: join(folder, 'journal.db'),
    gateway,
    signer,
    clock,
    agent: 'bench',
    limits: { reserveBytes: 0, seal: { ...cadence, sweepQuietMs: 30_000 } },
  });
  journal.append([entriesAt(clock, points).anchor()], { durable: true });
  const building = { meters: 40, gauges: 8, gaugeMs: 60_000, counterMs: 300_000, counters: 1 };
  const meters = new FakeBuilding(journal, clock, building);
  for (let minute = 0; minute < days * 1_440; minute += 1) meters.pass();
  while (journal.seal(clock.now(), { all: true }).more);
  journal.close();
}

if (process.argv[3] !== undefined) {
  fill();
  process.exit(0);
}
const began = performance.now();
const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', process.argv[1] ?? ''];
spawnSync(process.execPath, [...args, String(days), folder], { stdio: 'inherit' });
const fillSeconds = Math.round((performance.now() - began) / 1_000);
clock.advance(days * 86_400_000);
const before = memory('VmRSS');
const mosquitto = await startMosquitto({ settings: ['allow_anonymous true', 'set_tcp_nodelay true'] });
const hub = await hubBeside(mosquitto.url, SEED, `${SEED}-hub`);
const ca = await FakeCa.create();
const one = gatewayWith({
  folder,
  gateway,
  signer,
  clock,
  broker: { url: mosquitto.url, token: 'token', ca: [] },
  ca: ca.ca,
  options: {
    trust: { ring: ringOf(hubKey), accept: () => ({ added: [], refused: [] }) },
    settings: {
      backfillBytesPerSecond: 10_000_000,
      monthlyBytes: 100_000_000,
      statusMs: 60_000,
      sealMs: 900_000,
    },
  },
});
const { batches, gauge } = one.journal.depth();
const opened = memory('VmRSS');
const started = performance.now();
let [peak, window] = [0, 0];
const look = setInterval(() => {
  peak = Math.max(peak, memory('VmRSS'));
  window = Math.max(window, one.uplink.state.drain.live.bytes + one.uplink.state.drain.backfill.bytes);
}, 50);
one.uplink.start();
await until('all is receipted', () => one.journal.depth().batches === 0, 3_600_000);
clearInterval(look);
const drainSeconds = (performance.now() - started) / 1_000;
await new Promise((resolve) => setTimeout(resolve, 600));
const { bytes, repeats, faults, rows } = hub.tally();
const { last, watermark } = one.journal.status();
const figures = {
  days,
  batches,
  gauges: gauge,
  rows,
  records: last,
  watermark,
  repeats,
  faults: faults.length,
  payloadMegabytes: Number((bytes / 1e6).toFixed(1)),
  fillSeconds,
  drainSeconds: Number(drainSeconds.toFixed(1)),
  rssEmptyMegabytes: megabytes(before),
  rssOpenedMegabytes: megabytes(opened),
  rssDrainPeakMegabytes: megabytes(peak),
  mostInFlightBytes: window,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await one.stop();
await hub.stop();
await mosquitto.stop();
ca.remove();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
