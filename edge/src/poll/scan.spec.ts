import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../meters/profile-store.ts';
import type { Bus } from '../wire/bus.ts';
import { likelyFormats, scanLine } from './scan.ts';

const profiles = [...loadProfiles().profiles.values()].map(({ profile }) => profile);
const at = { ns: 0n, wallMs: 0 };
const failed = (fault: string, exception: number | null = null) => ({
  ...{ ok: false, fault, exception, reason: `line: ${fault}`, evidence: new Uint8Array(0) },
  ...{ sentAt: null, doneAt: at, turnaroundUs: null },
});

/** A line whose nth request (from 0) by which unit ends so. */
const lineOf = (answer: (n: number, unit: number) => unknown) => {
  let n = 0;
  const request = (({ unit }: { unit: number }) =>
    Promise.resolve(answer(n++, unit))) as unknown as Bus['request'];
  return { request };
};
const options = {
  units: [1, 2, 3, 4],
  profiles,
  timeoutMs: 10,
  signal: new AbortController().signal,
  pauseMs: 1,
};

describe('scanLine', () => {
  it('goes on when a converter is connected anew because nobody answered', async () => {
    const line = lineOf((n, unit) => {
      if (n === 2 || n === 3) return failed('port');
      return unit === 4 ? failed('exception', 2) : failed('timeout');
    });
    const result = await scanLine(line, options);
    expect(result).toMatchObject({ kind: 'scanned', complete: true, found: [{ unit: 4, candidates: [] }] });
  });

  it.each([0, 3])('ends when the port is gone for good after %i requests', async (from) => {
    const line = lineOf((n) => (n >= from ? failed('port') : failed('timeout')));
    expect(await scanLine(line, options)).toEqual({ kind: 'port', reason: 'line: port' });
  });

  it('takes damage alone for nobody: the speed is wrong', async () => {
    const result = await scanLine(
      lineOf(() => failed('crc')),
      options,
    );
    expect(result).toMatchObject({ kind: 'scanned', found: [] });
    expect(result.kind === 'scanned' && result.noise).toBeGreaterThan(0);
  });

  it('stops when it is told to, with what it has', async () => {
    const stop = new AbortController();
    const line = lineOf((_, unit) => {
      if (unit === 2) stop.abort();
      return failed('timeout');
    });
    expect(await scanLine(line, { ...options, signal: stop.signal })).toMatchObject({
      complete: false,
      found: [],
    });
  });
});

it('tries the commonest settings first, and those that are asked for only', () => {
  expect(likelyFormats(profiles)[0]).toEqual({ baud: 9600, parity: 'none', stop: 1, data: 8 });
  const asked = likelyFormats(profiles, { baud: [19_200], parity: ['even'] });
  expect(asked.every(({ baud, parity }) => baud === 19_200 && parity === 'even')).toBe(true);
});
