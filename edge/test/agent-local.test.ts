import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Agent } from '../src/agent.ts';
import { systemClock } from '../src/clock.ts';
import { buildAgent } from '../src/main.ts';
import { loadProfiles } from '../src/meters/profile-store.ts';
import { until } from './support/fake-hub-gateway.ts';

// The whole agent with a configuration that a person wrote, as `run --config` builds it.

let folder: string;
let lines: string[];
let agent: Agent | undefined;
const undo: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-local-'));
  lines = [];
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  for (const step of undo.splice(0)) await step();
  rmSync(folder, { recursive: true, force: true });
});

const FILE = 'gateway.yaml';
const write = (text: string) => writeFileSync(join(folder, FILE), text);
const meter = (name: string, unit: number) =>
  `      - { name: ${name}, unit: ${unit}, profile: eastron-sdm120m }`;
const LINE = ['buses:', '  - name: a', '    url: tcp://127.0.0.1:1', '    meters:', meter('x', 1)].join('\n');

async function start(): Promise<Agent> {
  agent = buildAgent({
    state: join(folder, 'state'),
    config: join(folder, FILE),
    agent: 'test 1',
    profiles: loadProfiles(),
    clock: systemClock(),
    trustClock: true,
    log: (level, line) => lines.push(`${level} ${line.replaceAll(`${folder}/`, '')}`),
  });
  await agent.start();
  return agent;
}

async function reloaded(it: Agent, text: string): Promise<string[]> {
  write(text);
  const before = lines.length;
  await it.reload();
  return lines.slice(before).filter((line) => !line.includes('bus a'));
}

it('says what came of reading its configuration again', async () => {
  write(LINE);
  const it = await start();
  expect(await reloaded(it, LINE)).toEqual(['info the configuration has not changed']);
  expect(await reloaded(it, `${LINE}\n${meter('y', 2)}`)).toEqual(['info configuration 2: adds 1 meter']);
  expect(await reloaded(it, `broker: { url: "mqtt://127.0.0.1:1" }\n${LINE}\n${meter('y', 2)}`)).toEqual([
    'warn gateway.yaml: broker: what was changed there is used after the next start',
    'info the configuration has not changed',
  ]);
  expect(await reloaded(it, `${LINE}\n${meter('y', 1)}`)).toEqual([
    'warn gateway.yaml: buses[0].meters[1].unit: is taken on this bus; give the meter another unit number; the configuration before runs on',
  ]);
  expect(await reloaded(it, 'gaugeMs: 5000')).toEqual([
    'warn gateway.yaml: names no buses any more; the configuration before runs on',
  ]);
});

it('is gone when it has stopped, though its broker never says a word', async () => {
  const held = new Set<Socket>();
  const mute = createServer((socket) => {
    held.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => held.delete(socket))
      .resume();
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => mute.close(resolve)));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : 0;
  write(`broker: { url: "mqtts://127.0.0.1:${port}" }\n${LINE}`);
  const it = await start();
  await until('it knocks', () => held.size === 1);
  await it.stop();
  agent = undefined;
  await sleep(100);
  expect(held.size).toBe(0);
  expect(lines.at(-1)).toBe('info stopped');
});
