import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isOver,
  needsTouch,
  type Presented,
  SESSION,
  type SessionTimes,
  type Step,
  sessionStep,
} from './session-life.ts';

const T = 1_800_000_000_000;
const HOUR = 3_600_000;
const session = (changes: Partial<SessionTimes> = {}): SessionTimes => ({
  endsAtMs: T + SESSION.longestMs,
  seenAtMs: T,
  tokenAtMs: T,
  revokedAtMs: null,
  offeredAtMs: null,
  ...changes,
});

test.each<[string, Partial<SessionTimes>, Presented, number, Step]>([
  ['its token at once', {}, 'current', 0, 'accept'],
  ['its token after eleven hours', {}, 'current', 11 * HOUR, 'accept'],
  ['its token after twelve', {}, 'current', 12 * HOUR, 'offer'],
  [
    'its token while another was just offered',
    { offeredAtMs: T + 12 * HOUR },
    'current',
    12 * HOUR + 5_000,
    'accept',
  ],
  [
    'its token when the offer was lost',
    { offeredAtMs: T + 12 * HOUR },
    'current',
    12 * HOUR + 61_000,
    'offer',
  ],
  ['the offered token', { offeredAtMs: T }, 'offered', 1_000, 'promote'],
  ['the offered token, days later', { offeredAtMs: T }, 'offered', 72 * HOUR, 'promote'],
  ['the replaced token, under way', {}, 'previous', 59_000, 'accept'],
  ['the replaced token at the end of its grace', {}, 'previous', 60_000, 'accept'],
  ['the replaced token, shown by a thief', {}, 'previous', 60_001, 'revoke'],
  ['any token of a revoked session', { revokedAtMs: T }, 'current', 1, 'refuse'],
  ['a thief of a revoked session', { revokedAtMs: T }, 'previous', HOUR, 'refuse'],
  ['the offered token of a revoked session', { revokedAtMs: T, offeredAtMs: T }, 'offered', 1, 'refuse'],
  ['after two weeks of silence', {}, 'current', SESSION.idleMs, 'refuse'],
  ['just before', {}, 'current', SESSION.idleMs - 1, 'offer'],
  ['after its last day', { seenAtMs: T + SESSION.longestMs }, 'current', SESSION.longestMs, 'refuse'],
])('%s', (_what, changes, presented, after, step) => {
  expect(sessionStep(session(changes), presented, T + after)).toBe(step);
});

test('that it was used is written once a minute', () => {
  expect(needsTouch(session(), T + 59_999)).toBe(false);
  expect(needsTouch(session(), T + 60_000)).toBe(true);
});

/** A browser that loses answers and a thief who copied its cookie once, against the rules. */
class World {
  times = session();
  tokens: { current: number; offered?: number | undefined; previous?: number | undefined } = { current: 0 };
  made = 0;

  show(token: number, now: number): { step: Step; got?: number } {
    const { current, offered, previous } = this.tokens;
    const presented =
      token === current
        ? 'current'
        : token === offered
          ? 'offered'
          : token === previous
            ? 'previous'
            : undefined;
    if (presented === undefined) return { step: 'refuse' };
    const step = sessionStep(this.times, presented, now);
    if (step !== 'refuse' && step !== 'revoke') this.times = { ...this.times, seenAtMs: now };
    if (step === 'revoke') this.times = { ...this.times, revokedAtMs: now };
    if (step === 'promote') {
      this.tokens = { current: token, previous: current };
      this.times = { ...this.times, tokenAtMs: now, offeredAtMs: null };
    }
    if (step !== 'offer') return { step };
    this.made += 1;
    this.tokens = { ...this.tokens, offered: this.made };
    this.times = { ...this.times, offeredAtMs: now };
    return { step, got: this.made };
  }
}

const visits = fc.array(
  fc.record({ waits: fc.integer({ min: 61_000, max: 13 * 86_400_000 }), lost: fc.boolean() }),
  {
    maxLength: 40,
  },
);

describe('over any number of visits', () => {
  test('a browser stays signed in until the last day, however many answers it loses', () => {
    fc.assert(
      fc.property(visits, (list) => {
        const world = new World();
        let [holds, now] = [0, T];
        for (const { waits, lost } of list) {
          now += waits;
          const { step, got } = world.show(holds, now);
          if (now < T + SESSION.longestMs) expect(['accept', 'offer', 'promote']).toContain(step);
          else expect(step).toBe('refuse');
          if (got !== undefined && !lost) holds = got;
        }
      }),
    );
  });

  test('a copied token is dead or found out once the browser has moved on twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 60_001, max: 10 ** 9 }),
        (moves, after) => {
          const world = new World();
          let [holds, now] = [0, T];
          for (let i = 0; i < moves; i += 1) {
            now += SESSION.tokenMs;
            holds = world.show(holds, now).got ?? holds;
            now += 1;
            expect(world.show(holds, now).step).toBe('promote');
          }
          const { step } = world.show(0, now + after);
          expect(step).toBe(moves === 1 ? 'revoke' : 'refuse');
          if (step === 'revoke') expect(isOver(world.times, now + after)).toBe(true);
        },
      ),
    );
  });
});
