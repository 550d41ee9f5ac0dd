import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HubReport, parseAbout, parseReport } from './hub-report.ts';
import {
  CHECK_EVERY_MS,
  type HubEvent,
  MAX_BEATS,
  NOTHING_KNOWN,
  nextCheckIn,
  reduceHubStatus,
  toneOf,
} from './hub-status.ts';

const READY: HubReport = { state: 'ready', parts: [{ name: 'database', state: 'ok', milliseconds: 1 }] };
const answered = (at: number, report = READY): HubEvent => ({ type: 'answered', report, at });
const silent = (at: number): HubEvent => ({ type: 'silent', reason: 'unreachable', at });
const after = (...events: HubEvent[]) => events.reduce(reduceHubStatus, NOTHING_KNOWN);

describe('what is known of the hub', () => {
  it('is nothing at first', () => expect(toneOf(NOTHING_KNOWN)).toBe('asking'));

  it('is the last report', () => {
    const status = after(answered(1), answered(2, { state: 'impaired', parts: [] }));
    expect(toneOf(status)).toBe('impaired');
    expect(status).toMatchObject({
      reportAt: 2,
      total: 2,
      answered: 2,
      beats: [
        { number: 1, state: 'ready' },
        { number: 2, state: 'impaired' },
      ],
    });
  });

  it('outlives a silence, with its age', () => {
    const status = after(answered(1), silent(5), silent(8));
    expect(toneOf(status)).toBe('silent');
    expect(status).toMatchObject({ report: READY, reportAt: 1, silence: { since: 5, attempts: 2 } });
  });

  it('is not thrown over by one missed answer', () =>
    expect(toneOf(after(answered(1), silent(2)))).toBe('ready'));

  it('is silence at once when nothing was known', () => expect(toneOf(after(silent(1)))).toBe('silent'));

  it('recovers with the first answer', () => {
    const status = after(answered(1), silent(2), silent(3), answered(4));
    expect(toneOf(status)).toBe('ready');
    expect(status.silence).toBeUndefined();
  });

  it('counts every check and keeps the latest ticks', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 120 }), (answers) => {
        const status = after(...answers.map((yes, at) => (yes ? answered(at) : silent(at))));
        expect(status.total).toBe(answers.length);
        expect(status.answered).toBe(answers.filter(Boolean).length);
        const beats = answers.map((yes, at) => ({ number: at + 1, state: yes ? 'ready' : 'silent' }));
        expect(status.beats).toEqual(beats.slice(-MAX_BEATS));
        expect(status.silence === undefined).toBe(answers.at(-1) ?? true);
      }),
    );
  });
});

describe('the next check', () => {
  it('comes steadily while the hub answers', () =>
    expect(nextCheckIn(after(answered(1)), 0.9)).toBe(CHECK_EVERY_MS));

  it('comes soon after a silence begins, then less and less often, never more than 18 s apart', () => {
    const events = Array.from({ length: 10 }, (_, at) => silent(at));
    const delays = events.map((_, i) => nextCheckIn(after(...events.slice(0, i + 1)), 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000]);
    expect(nextCheckIn(after(...events), 0.999)).toBeLessThanOrEqual(18_000);
  });
});

describe('/readyz', () => {
  const part = { name: 'database', state: 'up', milliseconds: 2 };

  it.each([
    ['all up', { ready: true, draining: false, dependencies: [part] }, 'ready'],
    [
      'one short of something',
      { ready: true, draining: false, dependencies: [{ ...part, state: 'degraded' }] },
      'limited',
    ],
    ['one down', { ready: false, draining: false, dependencies: [{ ...part, state: 'down' }] }, 'impaired'],
    ['draining', { ready: false, draining: true, dependencies: [part] }, 'draining'],
    ['a state of a later version', { ready: true, dependencies: [{ ...part, state: 'warming' }] }, 'limited'],
    ['no parts', { ready: true, dependencies: [] }, 'ready'],
  ])('with %s', (_what, body, state) => expect(parseReport(body)?.state).toBe(state));

  it('keeps what is told of a part', () => {
    const body = {
      ready: false,
      dependencies: [
        {
          ...part,
          state: 'down',
          detail: 'in English, for the operator',
          reasons: [{ code: 'unreachable' }],
        },
        { ...part, name: 'outbox', state: 'degraded', reasons: [{ code: 'events_failed', count: 6 }, 7, {}] },
        { ...part, name: 'audit', reasons: [] },
        7,
        {},
      ],
    };
    expect(parseReport(body)?.parts).toEqual([
      { name: 'database', state: 'failed', reasons: [{ code: 'unreachable' }], milliseconds: 2 },
      { name: 'outbox', state: 'limited', reasons: [{ code: 'events_failed', count: 6 }], milliseconds: 2 },
      { name: 'audit', state: 'ok', milliseconds: 2 },
    ]);
    expect(parseReport({ ready: true, dependencies: [{ name: 'x', state: 'constructor' }] })?.parts).toEqual([
      { name: 'x', state: 'unknown' },
    ]);
  });

  it.each([undefined, null, '<html>', [], {}, { ready: 'yes', dependencies: [] }, { ready: true }])(
    '%j is not its answer',
    (body) => expect(parseReport(body)).toBeUndefined(),
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => void [parseReport(body), parseAbout(body)]));
  });
});
