import type { CommandId, Config, GatewayId, MeterId, MeterProfile } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { blockedBy } from './control-io.ts';
import { type Control, type Facts, pauseOf, refuseUnread, refuseUnwritten, type Seen } from './decide.ts';

const NOW = Date.UTC(2026, 0, 31, 17);
const control: Control = {
  name: 'relay',
  kind: 'relay',
  write: { function: 16, address: 26, values: { on: 1, off: 0 } },
  readBack: { function: 3, address: 26, values: { on: 1, off: 0 } },
  maxLoad: { register: 'power', value: 1_000 },
};
const rules: Config['switching'] = { minimumMs: 60_000, staggerMs: 5_000, maxReadingAgeMs: 120_000 };

const good: Facts = {
  command: {
    v: 1,
    gateway: 'g' as GatewayId,
    id: 'c' as CommandId,
    issued: NOW - 1_000,
    expires: NOW + 60_000,
    action: { do: 'switch', meter: 'm' as MeterId, control: 'relay', to: 'off', reason: 'moved-out' },
  },
  time: { utc: NOW, uncertainty: 50 },
  meter: {} as NonNullable<Facts['meter']>,
  profile: {} as MeterProfile,
  control,
  setting: { name: 'relay', enabled: true },
  verified: true,
  blocked: undefined,
  readingAgeMs: 1_000,
  rules,
};
const seen: Seen = { state: 'on', load: 1_000, overridden: false, sinceLastMs: Number.POSITIVE_INFINITY };

const issued = (ms: number) => ({ ...good.command, issued: NOW + ms, expires: NOW + ms + 60_000 });
const expires = (ms: number) => ({ ...good.command, expires: NOW + ms });
const asked = (to: 'open' | 'on') => ({ ...good.command, action: { ...good.command.action, to } });

describe('before the meter is asked', () => {
  it('lets a good command pass', () => {
    expect(refuseUnread(good)).toBeNull();
  });

  const cases: [string, Partial<Facts>, string][] = [
    ['the time is not known', { time: { utc: null, uncertainty: 0 } }, 'clock-unsynchronised'],
    ['it comes from the future', { command: issued(301_000) }, 'clock-unsynchronised'],
    ['its time is over', { command: expires(0) }, 'expired'],
    ['its time may be over, as far as the clock knows', { command: expires(50) }, 'expired'],
    [
      'the meter is not configured',
      { meter: undefined, profile: undefined, control: undefined },
      'unknown-meter',
    ],
    ['the model cannot do it', { control: undefined }, 'unknown-control'],
    ['a relay is to be opened like a valve', { command: asked('open') }, 'unknown-state'],
    [
      'it is never to be switched',
      { setting: { name: 'relay', enabled: true, never: true } },
      'never-switch',
    ],
    ['the profile blocks the write', { blocked: 'erases' }, 'never-switch'],
    ['nothing is said about it', { setting: undefined }, 'not-enabled'],
    ['it was not enabled', { setting: { name: 'relay', enabled: false } }, 'not-enabled'],
    ['nobody has checked the profile', { verified: false }, 'not-commissioned'],
    ['the meter was never read', { readingAgeMs: null }, 'reading-stale'],
    ['the reading is old', { readingAgeMs: 120_001 }, 'reading-stale'],
  ];
  it.each(cases)('refuses when %s', (_, over, because) => {
    expect(refuseUnread({ ...good, ...over })).toMatchObject({ is: 'refused', because });
  });

  it.each([
    ['the last millisecond', { command: expires(51) }],
    ['a clock five minutes apart', { command: issued(300_050) }],
    ['the oldest reading allowed', { readingAgeMs: 120_000 }],
  ] as [string, Partial<Facts>][])('lets pass %s', (_, over) => {
    expect(refuseUnread({ ...good, ...over })).toBeNull();
  });

  it('names the first reason of several', () => {
    const all = { ...good, time: { utc: null, uncertainty: 0 }, setting: undefined, readingAgeMs: null };
    expect(refuseUnread(all)).toMatchObject({ because: 'clock-unsynchronised' });
  });
});

describe('before the meter is written to', () => {
  it('lets pass what is allowed', () => {
    expect(refuseUnwritten(good, seen)).toBeNull();
  });

  const cases: [string, Partial<Seen>, string][] = [
    ['somebody has switched it by hand', { overridden: true }, 'local-override'],
    ['it was switched a moment ago', { sinceLastMs: 59_999 }, 'too-soon'],
    ['the load is too high', { load: 1_001 }, 'load-above-limit'],
    ['the load is too high the other way', { load: -1_001 }, 'load-above-limit'],
    ['the load cannot be read', { load: null }, 'load-above-limit'],
  ];
  it.each(cases)('refuses when %s', (_, over, because) => {
    expect(refuseUnwritten(good, { ...seen, ...over })).toMatchObject({ is: 'refused', because });
  });

  it('refuses when its time has run out while it waited', () => {
    expect(refuseUnwritten({ ...good, command: expires(0) }, seen)).toMatchObject({ because: 'expired' });
  });

  it('knows no load where the profile names none', () => {
    const { maxLoad: _, ...valve } = control;
    expect(refuseUnwritten({ ...good, control: valve }, { ...seen, load: undefined })).toBeNull();
  });
});

describe('the pause between two operations', () => {
  it.each([
    [undefined, 60_000],
    [{ ...rules, minimumMs: 0 }, 60_000],
    [{ ...rules, minimumMs: 300_000 }, 300_000],
  ])('is never shorter than the law: %j', (given, ms) => {
    expect(pauseOf(given)).toBe(ms);
  });
});

describe('blocked writes', () => {
  const with_ = (...blockedWrites: NonNullable<MeterProfile['blockedWrites']>) =>
    blockedBy({ blockedWrites } as MeterProfile, control);
  it.each([
    [{ from: 26, to: 26, why: 'x' }, true],
    [{ from: 0, to: 0xffff, why: 'x' }, true],
    [{ function: 16, why: 'x' }, true],
    [{ function: 6, from: 26, to: 26, why: 'x' }, false],
    [{ from: 27, to: 30, why: 'x' }, false],
  ])('%j', (rule, blocked) => {
    expect(with_(rule) !== undefined).toBe(blocked);
  });
});
