import { fork } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../src/clock.ts';
import { type Bus, DEFAULT_LINE, openBus, registerReadUs } from '../src/wire/index.ts';

// Exchanges on one line against the computed T, meters paced in a process of their own. `ours` leaves out what that
// process was late by: it is what remains when the turnaround seen on the wire stands in place of the one asked for.

const SECONDS = 2.5;
const BAUDS = [9600, 19_200];
const TURNAROUNDS_MS = [20, 50];
const REGISTERS = [2, 40, 80];

interface Case {
  readonly baud: number;
  readonly turnaroundMs: number;
  readonly registers: number;
  readonly unit: 'exchanges/s';
  readonly value: number;
  readonly limit: number;
  readonly ratio: number;
  readonly ours: number;
  readonly cpuShare: number;
  readonly faults: number;
}

export async function run(): Promise<{ part: string; cases: readonly Case[] }> {
  const cases: Case[] = [];
  for (const baud of BAUDS) {
    for (const turnaroundMs of TURNAROUNDS_MS) cases.push(...(await onLine(baud, turnaroundMs)));
  }
  return { part: 'wire', cases };
}

async function onLine(baud: number, turnaroundMs: number): Promise<Case[]> {
  const meters = fork(new URL('paced-meters.ts', import.meta.url), [String(baud), String(turnaroundMs)]);
  const [port] = await once(meters, 'message');
  const bus = openBus(`rtu+tcp://127.0.0.1:${port}?baud=${baud}`, systemClock(), { listenFirst: false });
  const cases: Case[] = [];
  for (const registers of REGISTERS) cases.push(await measure(bus, baud, turnaroundMs, registers));
  await bus.stop();
  meters.kill();
  return cases;
}

async function measure(bus: Bus, baud: number, turnaroundMs: number, registers: number): Promise<Case> {
  const tUs = (turnaroundUs: number) => registerReadUs({ ...DEFAULT_LINE, baud }, registers, turnaroundUs);
  const read = () =>
    bus.request({ function: 3, unit: 1, address: 0, count: registers }, { lane: 'poll', timeoutMs: 500 });
  await read();
  const count = Math.ceil((SECONDS * 1e6) / tUs(turnaroundMs * 1000));
  const cpu = process.cpuUsage();
  const began = performance.now();
  const results = await Promise.all(Array.from({ length: count }, read));
  const tookUs = (performance.now() - began) * 1000;
  const used = process.cpuUsage(cpu);
  const good = results.filter((result) => result.ok);
  const seenUs = good.reduce((sum, { turnaroundUs }) => sum + turnaroundUs, 0) / Math.max(1, good.length);
  const each = tookUs / count;
  return {
    baud,
    turnaroundMs,
    registers,
    unit: 'exchanges/s',
    value: rounded(1e6 / each),
    limit: rounded(1e6 / tUs(turnaroundMs * 1000)),
    ratio: rounded(tUs(turnaroundMs * 1000) / each),
    ours: rounded(tUs(seenUs) / each),
    cpuShare: rounded((used.user + used.system) / tookUs),
    faults: count - good.length,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
