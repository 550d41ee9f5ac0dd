import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { Journal } from '../src/store/index.ts';
import { FakeHub, gatewayOf, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world('crash', mkdtempSync(join(tmpdir(), 'journal-')));
});
afterEach(() => home.end());

const CHILD = fileURLToPath(new URL('./journal-child.ts', import.meta.url));

interface Life {
  readonly kept: Map<number, number>;
  readonly sent: Map<number, string>;
  readonly opened: boolean;
}

/** One life of the writer, ended by SIGKILL after so many ms. */
async function live(from: number, killAfter: number): Promise<Life> {
  const args = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    CHILD,
    home.path,
    'crash',
    String(from),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kept = new Map<number, number>();
  const sent = new Map<number, string>();
  let opened = false;
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const [word, first, second = ''] = line.split(' ');
      if (word === 'open') {
        opened = true;
        resolve();
      } else if (word === 'kept') kept.set(Number(first), Number(second));
      else if (word === 'sent') sent.set(Number(first), second);
    });
    child.once('exit', () => resolve());
  });
  const closed = once(lines, 'close');
  await started;
  await sleep(killAfter);
  child.kill('SIGKILL');
  await closed;
  return { kept, sent, opened };
}

const RUNS = process.env.METERLINE_SOAK ? 200 : 20;

/** Repeatable moments: a linear congruence, the constants of Numerical Recipes. */
function* moments(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

it(`keeps what it acknowledged over ${RUNS} times kill -9`, { timeout: 600_000 }, async () => {
  const { gateway, signer } = gatewayOf('crash');
  const hub = new FakeHub({ gateway, signer });
  const truth = new Map<number, number>();
  const digests = new Map<number, string>();
  const random = moments(7);
  const chance = () => random.next().value as number;
  let next = 0;
  let killedAtWork = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const life = await live(next, Math.floor(chance() * 120));
    killedAtWork += life.opened ? 1 : 0;
    for (const [n, last] of life.kept) {
      truth.set(n, last);
      next = Math.max(next, n + 1);
    }
    // Numbers of unacknowledged samples may have been used: leave a gap no run can reach.
    next += 1_000;
    const journal = new Journal({
      path: home.path,
      gateway,
      signer,
      clock: systemClock(),
      agent: 'parent',
      limits: { reserveBytes: 0, graceMs: 0 },
    });
    expect(journal.replaced).toBeNull();
    const report = journal.verify();
    expect(report.faults).toEqual([]);
    expect(report.last).toBeGreaterThanOrEqual(Math.max(0, ...life.kept.values()));
    for (const [number, digest] of life.sent) {
      expect(digests.get(number) ?? digest).toBe(digest);
      digests.set(number, digest);
    }
    // The hub is up in half of the pauses, and loses some of what is sent.
    if (chance() < 0.5) {
      for (const batch of journal.nextBatches('backfill', 20)) {
        expect(digests.get(batch.number) ?? batch.digest).toBe(batch.digest);
        digests.set(batch.number, batch.digest);
        if (chance() < 0.8) hub.take(batch);
      }
      journal.applyReceipt(hub.receipt());
      for (let i = 0; i < 20; i += 1) journal.tend();
    }
    journal.close();
  }
  const journal = new Journal({
    path: home.path,
    gateway,
    signer,
    clock: systemClock(),
    agent: 'end',
    limits: { reserveBytes: 0 },
  });
  while (journal.seal(undefined, { all: true }).more);
  for (let round = 0; journal.depth().batches > 0 && round < 1_000; round += 1) {
    journal.disconnected();
    for (const batch of journal.nextBatches('backfill', 50)) hub.take(batch);
    journal.applyReceipt(hub.receipt());
  }
  const values = new Set([...hub.readings.values()].map(({ value }) => value));
  const lost = [...truth.keys()].filter((n) => n % 3 === 0 && !values.has(String(1_000_000 + n)));
  const { last, journal: id } = journal.status();
  process.stderr.write(
    `kill -9: ${RUNS} runs, ${killedAtWork} at work, ${truth.size} acknowledged durable rows, ` +
      `${hub.readings.size} readings at the hub, lost ${lost.length}, doubled ${hub.doubled.length}\n`,
  );
  expect(lost).toEqual([]);
  expect([...hub.doubled, ...hub.conflicts, ...hub.clones, ...hub.refused]).toEqual([]);
  expect(hub.rangesOf(id)).toEqual([[1, last]]);
  expect(killedAtWork).toBeGreaterThan(RUNS / 2);
  journal.close();
});
