import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ringOf } from '@meterline/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJournal } from '../src/store/index.ts';
import { Stage } from './agent-support.ts';
import { verifierFor } from './support/fake-hub.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import { until } from './support/fake-hub-gateway.ts';

const SEEDS = process.env.METERLINE_SOAK ? 10 : 1;
/**
 * Between the stamp of a reading and the moment at which the virtual meter looked at its counter: as long as either
 * process may have to wait for a processor. A wrong boot, step or boundary would be off by a quarter of an hour.
 */
const SKEW_MS = 10_000;

let ca: FakeCa;
beforeAll(async () => {
  ca = await FakeCa.create();
});
afterAll(() => ca.remove());

/** Repeatable moments: a linear congruence, the constants of Numerical Recipes. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What befell the gateway before this life. After a boot without a known time comes another boot. */
const FATES = ['killed', 'stepped', 'rebooted', 'unsynchronised'] as const;
type Fate = (typeof FATES)[number];
/** Of twenty lives. */
const SHARES: readonly Fate[] = FATES.flatMap((fate, n) =>
  Array.from({ length: [10, 4, 3, 3][n] ?? 0 }, () => fate),
);

function fatesOf(chance: () => number): Fate[] {
  const drawn = SHARES.map((fate) => ({ fate, place: chance() })).toSorted((a, b) => a.place - b.place);
  return drawn.map(({ fate }, n) => (drawn[n - 1]?.fate === 'unsynchronised' ? 'rebooted' : fate));
}

/** The journal has an anchor of this boot: its line is followed by others. */
const hasAnchored = (lines: readonly string[]): boolean =>
  lines.slice(0, -1).some((line) => line.includes('the time is'));

/** Only who has known the time in this boot can tell that somebody moves the clock; else a wrong clock is believed. */
function powerOf(stage: Stage, fate: Fate, chance: () => number) {
  if (fate === 'rebooted' || fate === 'unsynchronised') stage.reboot();
  const steps = [-86_400_000, -3_600_000, 3_600_000, 86_400_000];
  const drawn = steps[Math.floor(chance() * 4)] ?? 0;
  const isMoved = fate === 'unsynchronised' || (fate === 'stepped' && stage.knowsTime);
  return { step: isMoved ? drawn : 0, trust: fate !== 'unsynchronised' };
}

async function live(stage: Stage, fate: Fate, chance: () => number): Promise<void> {
  stage.leap(700 + chance() * 1_500);
  const life = stage.begin(powerOf(stage, fate, chance));
  // Some die while they start, the others while they work, however slow this machine is.
  if (chance() < 0.7) await until('it runs', () => life.lines.includes('open'));
  const dies = performance.now() + 100 + chance() * 1_900;
  while (performance.now() < dies) {
    await sleep(50 + chance() * 300);
    const what = chance();
    if (what < 0.15) {
      await stage.cut();
      await sleep(chance() * 300);
      await stage.mend();
    } else if (what < 0.2) stage.drop();
    else if (what < 0.24) await stage.loseBroker();
  }
  life.child.kill('SIGKILL');
  await life.ended;
  if (fate !== 'unsynchronised') stage.knowsTime ||= hasAnchored(life.lines);
}

/** Counts of the virtual meter that a reading of this moment may show. */
function isTrue(stage: Stage, key: string, value: string): boolean {
  const [point = '', at = '', ...bounded] = key.split(' ');
  const known = stage.building.points.find(({ id }) => id === point);
  if (!known || bounded.length > 0) return true;
  const [before, after] = [-SKEW_MS, SKEW_MS].map((ms) => stage.building.truth(known, Number(at) + ms).count);
  return before !== undefined && after !== undefined && before <= BigInt(value) && BigInt(value) <= after;
}

it.each(Array.from({ length: SEEDS }, (_, n) => n + 1))(
  `loses and doubles nothing over ${SHARES.length} times kill -9 of the whole agent, seed %i`,
  { timeout: 300_000 },
  async (seed) => {
    const chance = chances(seed * 104_729);
    const stage = await Stage.set(ca, chance);
    stage.want(stage.config());
    stage.hub.faults = { ...stage.hub.faults, lose: 0.05, forgetReceipt: 0.1, duplicateReceipt: 0.1 };
    const fates = fatesOf(chance);
    for (const fate of fates) await live(stage, fate, chance);
    stage.hub.faults = { ...stage.hub.faults, lose: 0, forgetReceipt: 0 };
    // What a boot without a known time has left is sealed when another has begun.
    stage.reboot();
    const life = stage.begin();
    await until('it runs once more', () => life.lines.includes('open'), 20_000);
    const path = join(stage.state, 'journal.sqlite');
    await sleep(3_000);
    life.child.kill('SIGTERM');
    expect(await life.ended).toBe(0);
    const reader = readJournal(path);
    const { store, refused } = stage.hub;
    const report = reader.verify(ringOf(verifierFor(stage.identity.signer)));
    reader.close();
    const kept = stage.lines.filter((line) => line.startsWith('kept ')).map((line) => line.split(' '));
    const readings = [...store.readings];
    const lost = kept.filter(
      ([, point, at, value]) =>
        !readings.some(([key, reading]) => {
          const [p, t] = key.split(' ');
          return p === point && Math.abs(Number(t) - Number(at)) <= SKEW_MS && reading.value === value;
        }),
    );
    const untrue = readings.filter(([key, { value }]) => value !== null && !isTrue(stage, key, value));
    const { doubled, conflicts, clones } = store;
    process.stderr.write(
      `agent kill -9, seed ${seed}: ${SHARES.length} lives (${FATES.map((one) => `${fates.filter((fate) => fate === one).length} ${one}`).join(', ')}), ${kept.length} boundary readings journalled, ${readings.length} readings at the hub; ` +
        `lost ${lost.length}, doubled ${doubled.length}, conflicts ${conflicts.length}, untrue ${untrue.length}\n`,
    );
    const journals = store.receipts();
    await stage.strike();
    expect(journals.map(({ watermark }) => watermark)).toEqual([report.last]);
    expect(report.faults).toEqual([]);
    expect({ lost, untrue }).toEqual({ lost: [], untrue: [] });
    expect([...doubled, ...conflicts, ...clones, ...refused]).toEqual([]);
    expect(journals.map(({ missing }) => missing)).toEqual([[]]);
    expect(kept.length).toBeGreaterThan(SHARES.length);
  },
);
