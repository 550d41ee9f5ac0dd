import type { CommandId } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { boundaries, type MadeMeter, makeMeter, VirtualLine } from '../../test/poll/virtual-line.ts';
import { neighboursOf } from './neighbours.ts';

const COMMAND = '019c0fd8-ea80-7500-8000-000000000001' as CommandId;

/** Lines that run side by side, as those of one gateway do. */
function building(...lines: (readonly MadeMeter[])[]): VirtualLine[] {
  const built: VirtualLine[] = [];
  for (const made of lines) {
    const others = () => built.filter((line) => line !== own).map(({ poll }) => poll);
    const own: VirtualLine = new VirtualLine(made, { neighbours: neighboursOf(others) });
    built.push(own);
  }
  return built;
}

function runAll(lines: readonly VirtualLine[], seconds: number, stepSeconds = 0.02): void {
  const untilUs = (lines[0]?.us ?? 0) + seconds * 1e6;
  for (let us = lines[0]?.us ?? 0; us < untilUs; us += stepSeconds * 1e6) {
    for (const line of lines) if (line.us < us) line.run((us - line.us) / 1e6);
  }
}

const meters = (from: number, count: number, role: 'main' | 'sub' = 'sub'): MadeMeter[] =>
  Array.from({ length: count }, (_, i) => makeMeter(from + i, { of: count, config: { role } }));

const at = (line: VirtualLine, pass: string): number[] =>
  boundaries(line)
    .filter((row) => row.pass === pass)
    .map((row) => row.at.mono);

describe('a main meter on one line, its sub-meters on another', () => {
  it('is read first when they begin, and last when they are through', () => {
    const [main, subs] = building(meters(1, 1, 'main'), meters(2, 60)) as [VirtualLine, VirtualLine];
    runAll([main, subs], 130);
    expect(at(subs, 'only')).toHaveLength(60);
    const [first = 0] = at(main, 'first');
    const [last = 0] = at(main, 'last');
    // Both lines begin at once: by how much the main meter is not the first is one exchange.
    expect(first - Math.min(...at(subs, 'only'))).toBeLessThan(100);
    expect(last).toBeGreaterThanOrEqual(Math.max(...at(subs, 'only')));
    expect(last - Math.max(...at(subs, 'only'))).toBeLessThan(1_500);
  });

  it('is waited with no longer than the journal waits for the sweep', () => {
    const slow = meters(2, 60);
    for (const { real } of slow) real.turnaroundUs = 900_000;
    const [main, subs] = building(meters(1, 1, 'main'), slow) as [VirtualLine, VirtualLine];
    runAll([main, subs], 200);
    const [first = 0] = at(main, 'first');
    const [last = 0] = at(main, 'last');
    expect(last - first).toBeGreaterThan(19_000);
    expect(last - first).toBeLessThan(22_000);
    expect(main.finished).toHaveLength(1);
  });

  it('does not wait for a line whose port is not there, nor for meters that are dead', () => {
    const dead = meters(2, 5);
    for (const { real } of dead) real.fault = () => 'timeout';
    const lines = building(meters(1, 1, 'main'), meters(10, 5), dead);
    const [main, gone] = lines as [VirtualLine, VirtualLine];
    gone.portDown = true;
    runAll(lines, 130);
    const [first = 0] = at(main, 'first');
    const [last = 0] = at(main, 'last');
    expect(last - first).toBeLessThan(2_000);
  });

  it('does its other reading while it waits', () => {
    const own = [...meters(1, 1, 'main'), ...meters(100, 4)];
    const slow = meters(2, 20);
    for (const { real } of slow) real.turnaroundUs = 900_000;
    const [main, subs] = building(own, slow) as [VirtualLine, VirtualLine];
    runAll([main, subs], 130);
    const [first = 0] = at(main, 'first');
    const [last = 0] = at(main, 'last');
    const between = main.log.filter(
      ({ kind, fromUs }) => kind === 'visit' && fromUs / 1e3 > first && fromUs / 1e3 < last,
    );
    expect(last - first).toBeGreaterThan(5_000);
    expect(between.length).toBeGreaterThan(0);
  });
});

describe('a reading that somebody asks for', () => {
  it('does not part the readings of a quarter hour on another line', () => {
    const made = meters(1, 3);
    const [one, other] = building(made, meters(10, 100)) as [VirtualLine, VirtualLine];
    runAll([one, other], 101);
    expect(other.poll.quarters.isSweeping).toBe(true);
    expect(one.poll.quarters.isSweeping).toBe(false);
    const askedUs = one.us;
    one.poll.quarters.demand({ askedUs, command: COMMAND, meters: made.map(({ poll }) => poll) });
    runAll([one, other], 20);
    const asked = boundaries(one).filter(({ occasion }) => occasion === 'on-demand');
    expect(asked).toHaveLength(3);
    expect(Math.min(...asked.map((row) => row.at.mono))).toBeGreaterThan(Math.max(...at(other, 'only')));
    // It is for the moment at which it was asked for, whatever it had to wait for.
    const moment = Math.floor(askedUs / 1_000 + (one.offset ?? 0));
    expect(asked.every(({ boundary, command }) => boundary === moment && command === COMMAND)).toBe(true);
    expect(one.finished).toContain(moment);
  });

  it('is for the moment of reading when it could not be made within a minute', () => {
    const made = meters(1, 3);
    const line = new VirtualLine(made).run(30);
    const askedUs = line.us - 61e6;
    line.poll.quarters.demand({ askedUs, meters: made.map(({ poll }) => poll) });
    line.run(5);
    const [row] = boundaries(line);
    expect(row?.boundary).toBeGreaterThanOrEqual(Math.floor(askedUs / 1_000 + 61_000 + (line.offset ?? 0)));
    expect(row).not.toHaveProperty('command');
  });

  it('is kept when the configuration changes before all was read', () => {
    const made = meters(1, 10);
    const line = new VirtualLine(made).run(30);
    const polls = made.map(({ poll }) => poll);
    line.poll.quarters.demand({ askedUs: line.us, command: COMMAND, meters: polls.slice(0, 6) });
    line.poll.quarters.demand({ askedUs: line.us + 1, meters: polls.slice(6) });
    line.run(0.1);
    const before = boundaries(line).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(6);
    const again = meters(1, 10).map((one, i) => Object.assign(one, { real: made[i]?.real }));
    const next = new VirtualLine(again, { us: line.us });
    next.poll.quarters.inherit(line.poll.quarters);
    next.run(10);
    const rows = [...boundaries(line), ...boundaries(next)];
    expect(rows.map(({ point }) => point).toSorted()).toEqual(
      [...new Set(rows.map(({ point }) => point))].toSorted(),
    );
    expect(rows.filter(({ command }) => command === COMMAND)).toHaveLength(6);
    expect(rows.filter(({ command }) => command === undefined)).toHaveLength(4);
  });
});
