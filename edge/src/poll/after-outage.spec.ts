import { describe, expect, it } from 'vitest';
import { makeMeter, VirtualLine } from '../../test/poll/virtual-line.ts';

const slips = (line: VirtualLine): number =>
  Math.max(...line.poll.meters.flatMap(({ groups }) => groups.map(({ slip }) => slip)));

const lineOf = (meters: number) => {
  const made = Array.from({ length: meters }, (_, i) => makeMeter(i + 1, { of: meters, gaugeMs: 2_000 }));
  return { made, line: new VirtualLine(made).run(60) };
};

describe('a line that is quick enough', () => {
  it('is not called too slow because its port was away', () => {
    const { line } = lineOf(3);
    line.portDown = true;
    line.run(600);
    line.portDown = false;
    line.run(30);
    expect(slips(line)).toBeLessThan(0.2);
  });

  it('is not called too slow because a meter was silent', () => {
    const { line, made } = lineOf(3);
    const [first] = made;
    if (!first) throw new Error('no meter');
    first.real.fault = () => 'timeout';
    line.run(600);
    first.real.fault = () => undefined;
    for (let s = 0; s < 900 && !line.notices.some(({ kind }) => kind === 'back'); s += 1) line.run(1);
    expect(line.notices.map(({ kind }) => kind)).toContain('back');
    line.run(10);
    expect(slips(line)).toBeLessThan(0.2);
  });
});
