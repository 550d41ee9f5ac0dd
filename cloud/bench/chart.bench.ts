import { OPERATOR, openMeteringHttp } from '../test/support/metering-http.ts';
import {
  DAY,
  fill,
  type Ground,
  noteAll,
  openGround,
  percentile,
  QUARTER,
  round,
} from './metering-ground.ts';

// A year of days and a day of quarters for one room, as a browser asks for it, over one and ten million raw rows. The
// limit is the same answer without a database behind it: the hub's own version route.

const BEGIN = Date.UTC(2025, 9, 31, 17);
const YEAR = { from: BEGIN, to: BEGIN + 365 * DAY };
const READERS = 20;
const PACED_SECONDS = 10;
const BURST_MS = 8_000;

type Ask = (path: string) => Promise<number>;

export async function run() {
  const ground = await openGround();
  const cases = [];
  try {
    const { points, organisation } = await ground.site(72);
    const numbers = points.map(({ no }) => no);
    await fill(ground.owner, 'billing', numbers.slice(0, 28), { ...YEAR, step: QUARTER });
    await noteAll(ground, numbers.slice(0, 28), BEGIN);
    await ground.worker.drain();
    await ground.owner.query('vacuum analyze');
    cases.push(...(await measure(ground, '1M', organisation, points)));
    await fill(ground.owner, 'counter', numbers, { from: BEGIN, to: YEAR.to, step: 252_000 });
    await ground.owner.query('vacuum analyze');
    cases.push(...(await measure(ground, '10M', organisation, points)));
    return { part: 'chart', cases };
  } finally {
    await ground.stop();
  }
}

async function measure(
  ground: Ground,
  size: string,
  organisation: string,
  points: readonly { readonly id: string }[],
): Promise<readonly object[]> {
  const http = await openMeteringHttp(ground.urls);
  const ask: Ask = async (path) => {
    const begun = performance.now();
    const response = await fetch(`${http.url}/${organisation}${path}`, {
      headers: { authorization: `Bearer ${OPERATOR}` },
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
    return performance.now() - begun;
  };
  const room = (i: number) => points[i % 28]?.id ?? '';
  const span = (from: number, to: number) =>
    `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  const asked = {
    'a year of days': (i: number) => `/usage?point=${room(i)}&${span(YEAR.from, YEAR.to)}&resolution=day`,
    'a day of quarters': (i: number) => {
      const begin = BEGIN + (i % 360) * DAY;
      return `/usage?point=${room(i)}&${span(begin, begin + DAY)}`;
    },
  };
  const cases: object[] = [];
  for (const [name, path] of Object.entries(asked)) {
    for (let i = 0; i < 50; i += 1) await ask(path(i));
    const alone: number[] = [];
    for (let i = 0; i < 200; i += 1) alone.push(await ask(path(i)));
    const paced = await pacedReaders(ask, path);
    const burst = await burstReaders(ask, path);
    cases.push({
      name: `${name}, ${size} raw rows`,
      unit: 'ms',
      oneReader: { p50: round(percentile(alone, 0.5)), p95: round(percentile(alone, 0.95)) },
      twentyPaced: { p50: round(percentile(paced, 0.5)), p95: round(percentile(paced, 0.95)) },
      twentyWithoutPause: {
        perSecond: Math.round((burst.length / BURST_MS) * 1_000),
        p95: round(percentile(burst, 0.95)),
      },
    });
  }
  await http.close();
  return cases;
}

/** Twenty readers, each once a second, at moments of their own. */
async function pacedReaders(ask: Ask, path: (i: number) => string): Promise<readonly number[]> {
  const times: number[] = [];
  const reader = async (n: number) => {
    await pause((n * 1_000) / READERS);
    for (let i = 0; i < PACED_SECONDS; i += 1) {
      const begun = performance.now();
      times.push(await ask(path(n * 31 + i)));
      await pause(Math.max(0, 1_000 - (performance.now() - begun)));
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, n) => reader(n)));
  return times;
}

async function burstReaders(ask: Ask, path: (i: number) => string): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + BURST_MS;
  const reader = async (n: number) => {
    for (let i = 0; performance.now() < end; i += 1) times.push(await ask(path(n * 31 + i)));
  };
  await Promise.all(Array.from({ length: READERS }, (_, n) => reader(n)));
  return times;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
