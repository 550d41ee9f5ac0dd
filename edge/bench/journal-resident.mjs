// The compiled journal in a process of its own: an hour of 200 meters, and what is resident after it. In plain
// JavaScript, because what strips types would be measured too.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { idsFrom, signerOf } from '@meterline/contracts';
import { movableClock } from '../dist/clock.js';
import { Journal } from '../dist/store/index.js';

const METERS = 200;
const GAUGES = 6;
const clock = movableClock(Date.UTC(2026, 0, 31, 12));
const ids = idsFrom({ nowMs: () => clock.wallMs(), random: (bytes) => randomBytes(bytes) });
const { key: signer } = signerOf(randomBytes(32));
const points = Array.from({ length: METERS }, () => Array.from({ length: GAUGES + 2 }, () => ids.point()));
const folder = mkdtempSync(join(tmpdir(), 'journal-resident-'));
const loaded = process.memoryUsage().rss;

const gateway = ids.gateway();
const journal = new Journal({ path: join(folder, 'journal.db'), gateway, signer, clock, agent: 'bench' });
const { mono, wall } = clock.now();
const anchor = { kind: 'clock', mono, utc: wall, uncertainty: 20, source: 'ntp' };
journal.append([{ kind: 'event', at: clock.now(), event: anchor }], { durable: true });
const register = 'eastron-sdm630@1/energy_import_total';

for (let second = 1; second <= 3_600; second += 1) {
  clock.advance(1_000);
  const at = clock.now();
  for (let meter = second % 60; meter < METERS; meter += 60) {
    const gauge = (point) => ({ kind: 'gauge', point, unit: 'mV', value: 230_000 + (second % 200), at });
    journal.append(points[meter].slice(0, GAUGES).map(gauge));
  }
  if (second % 300 === 0) {
    const counter = (own) => ({ kind: 'counter', point: own[GAUGES], value: String(1_000_000 + second), at });
    journal.append(points.map(counter));
  }
  if (second % 900 === 1) {
    const about = {
      occasion: 'quarter',
      pass: 'only',
      register,
      raw: '0001e240',
      quality: 'good',
      rereads: [],
    };
    const boundary = Math.floor(at.wall / 900_000) * 900_000;
    const leaf = (own) => ({
      kind: 'boundary',
      boundary,
      ...about,
      point: own[GAUGES + 1],
      value: '5',
      bracket: null,
      at,
    });
    journal.append(points.map(leaf), { durable: true, lastOf: boundary });
  }
  journal.tend();
  if (second % 10 === 0 && journal.nextBatches('live', 64).length > 0) {
    const { journal: id, sealed } = journal.status();
    const all = { journal: id, watermark: sealed, seen: sealed, missing: [], chain: null };
    journal.applyReceipt({ v: 1, gateway, at: at.wall, journals: [all] });
  }
  await setImmediate();
}
const { rss } = process.memoryUsage();
journal.close();
rmSync(folder, { recursive: true });
process.stdout.write(`${JSON.stringify({ rss, loaded })}\n`);
