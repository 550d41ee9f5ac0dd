import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../../scripts/stack/process.ts';

const BIN = fileURLToPath(new URL('../../bin/meterline-edge', import.meta.url));
const PROFILES = ['eastron-sdm120m', 'hiking-dds238-2-zn-sr', 'eastron-sdm230'];
const [BUSES, UNITS] = [8, 25];
/** Every gauge has had its turn, and the first batches are sealed. */
const SETTLED_MS = 90_000;

/** The agent as a Pi runs it, with 200 virtual meters on eight lines in a process beside it. */
export async function agentResident(): Promise<{ resident: number; highest: number; cpuShare: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-resident-'));
  const children: ChildProcess[] = [];
  const start = (...args: string[]) => {
    const child = spawn(BIN, args, { cwd: folder, stdio: 'ignore' });
    children.push(child);
    return child;
  };
  try {
    writeFileSync(join(folder, 'building.yaml'), await buildingFile());
    start('sim', '--config', 'building.yaml', '--gateway', 'gateway.yaml');
    await sleep(8_000);
    const { pid = 0 } = start('run', '--state', 'state', '--config', 'gateway.yaml', '--trust-clock');
    await sleep(SETTLED_MS);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(' ')
      .slice(13, 15)
      .map(Number);
    // Ticks of 10 ms.
    const cpuShare = ((user + system) * 10) / SETTLED_MS;
    return { resident: kilobytes('VmRSS') * 1_024, highest: kilobytes('VmHWM') * 1_024, cpuShare };
  } finally {
    for (const child of children.reverse()) child.kill('SIGKILL');
    await sleep(200);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildingFile(): Promise<string> {
  const places: object[] = [{ id: 'house', kind: 'group' }];
  const buses: object[] = [];
  for (let bus = 0; bus < BUSES; bus += 1) {
    const meters = Array.from({ length: UNITS }, (_, unit) => {
      const id = `m${bus}-${unit}`;
      places.push({ id, kind: 'room', in: 'house', people: 1, pattern: 'worker' });
      return { id, unit: unit + 1, profile: PROFILES[unit % PROFILES.length], measures: id };
    });
    buses.push({ id: `b${bus}`, kind: 'rtu-over-tcp', port: await freePort(), turnaroundMs: 20, meters });
  }
  return stringify({ format: 1, name: 'Bench', since: '2026-11-01', seed: 1, places, buses });
}
