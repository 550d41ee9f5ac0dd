import type { ConfigReport, Status } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { isLater, withConfigReport, withStatus } from './reports.ts';

const order = (boot: number, n: number, journal = 'a') => ({ journal, boot, n }) as never;

describe('the later of two', () => {
  it.each([
    ['by time', { at: 1 }, { at: 2 }, true],
    ['not itself again', { at: 2 }, { at: 2 }, false],
    ['by boot when one has no time', { at: null, order: order(1, 9) }, { at: 5, order: order(2, 1) }, true],
    ['by its place in the boot', { at: null, order: order(1, 9) }, { at: null, order: order(1, 8) }, false],
    ['by journal first', { at: null, order: order(9, 9, 'a') }, { at: null, order: order(1, 1, 'b') }, true],
    ['when nothing tells', { at: 7 }, { at: null, order: order(1, 1) }, true],
  ])('%s', (_, known, other, later) => expect(isLater(known, other)).toBe(later));
});

const status = (session: string, at: number, state = 'online'): Status =>
  ({ session, at, is: { state } }) as unknown as Status;

describe('the state of a gateway', () => {
  const nothing = { connected: false };
  const online = withStatus(nothing, status('s1', 10), 11) ?? nothing;

  it('is its latest status', () => {
    expect(online).toEqual({ connected: true, status: status('s1', 10), statusReceivedAt: 11 });
    expect(withStatus(online, status('s1', 9), 12)).toBeUndefined();
  });

  it('ends with the will of its session, and with no other', () => {
    expect(withStatus(online, status('s0', 0, 'gone'), 12)).toBeUndefined();
    const gone = withStatus(online, status('s1', 0, 'gone'), 12);
    expect(gone).toMatchObject({ connected: false, status: status('s1', 10) });
    expect(withStatus(gone ?? nothing, status('s1', 0, 'gone'), 13)).toBeUndefined();
  });

  it('holds the latest report on its config', () => {
    const report = (at: number) => ({ at, running: at }) as unknown as ConfigReport;
    const state = withConfigReport(online, report(5), 6) ?? nothing;
    expect(state).toMatchObject({ configReport: report(5), connected: true });
    expect(withConfigReport(state, report(4), 7)).toBeUndefined();
  });
});
