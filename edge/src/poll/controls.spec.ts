import { describe, expect, it } from 'vitest';
import { makeMeter, profileOf, VirtualLine } from '../../test/poll/virtual-line.ts';

const relay = { name: 'relay_state', role: 'state', function: 3, address: 8, type: 'uint16' };
const values = [
  { name: 'on', equals: 1 },
  { name: 'off', equals: 0 },
];
const words = { on: 1, off: 0 };
const control = {
  name: 'relay',
  kind: 'relay',
  write: { function: 16, address: 8, values: words },
  readBack: { function: 3, address: 8, values: words },
  maxLoad: { register: 'power', value: 1_000_000 },
};
const withRelay = profileOf({
  registers: [...profileOf().registers, { ...relay, values }],
  switching: [control],
});
const withoutRegister = profileOf({ switching: [control] });

const line = (controls: readonly object[] | undefined, profile = withRelay) => {
  const made = makeMeter(1, { profile, config: controls ? { controls: controls as never } : {} });
  return { made, running: new VirtualLine([made]) };
};

describe('the relay of a meter', () => {
  it('is read along with the gauges when it may be switched, at no further request', () => {
    const { made, running } = line([{ name: 'relay', enabled: true }]);
    const { running: plain } = line(undefined);
    running.run(600);
    plain.run(600);
    expect(made.poll.controls.of('relay')).toMatchObject({ word: 0 });
    expect(made.poll.latest.get('relay_state')).toMatchObject({ value: 'off' });
    expect(running.log).toHaveLength(plain.log.length);
    const before = made.poll.controls.of('relay')?.at.mono ?? 0;
    made.real.state = 1;
    running.run(61);
    expect(made.poll.controls.of('relay')).toMatchObject({ word: 1 });
    expect((made.poll.controls.of('relay')?.at.mono ?? 0) - before).toBeLessThan(62_000);
    expect(running.entries.every((entry) => entry.kind !== 'event')).toBe(true);
  });

  it.each([
    ['nobody has said that it may be switched', undefined],
    ['it is not enabled', [{ name: 'relay', enabled: false }]],
    ['it must never be switched', [{ name: 'relay', enabled: true, never: true }]],
    ['another one is enabled', [{ name: 'valve', enabled: true }]],
  ])('is not read while %s', (_, controls) => {
    const { made, running } = line(controls);
    running.run(120);
    expect(made.poll.controls.of('relay')).toBeUndefined();
    expect(made.poll.latest.has('relay_state')).toBe(false);
  });

  it('is left to switching where the profile does not list its register', () => {
    const { made, running } = line([{ name: 'relay', enabled: true }], withoutRegister);
    running.run(120);
    expect(made.poll.controls.of('relay')).toBeUndefined();
  });
});
