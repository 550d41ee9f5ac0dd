import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Config, idsFrom, type PointId, sealMessage, topicOf } from '@meterline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentSnapshot } from '../src/snapshot.ts';
import { type Life, Stage } from './agent-support.ts';
import { gatewayOf } from './journal-support.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import { until } from './support/fake-hub-gateway.ts';

let ca: FakeCa;
let stage: Stage;
let life: Life;
const ids = idsFrom({ nowMs: Date.now, random: randomBytes });

beforeAll(async () => {
  ca = await FakeCa.create();
  stage = await Stage.set(ca, Math.random);
  stage.want(withRelay(stage.config()));
  life = stage.begin();
  await until('it runs', () => life.lines.includes('open'));
});
afterAll(async () => {
  await stage.strike();
  ca.remove();
});

/** The breaker of room a was enabled when it was commissioned. */
function withRelay(config: Config): Config {
  const meters = config.meters.map((meter) =>
    meter.label === 'a' ? { ...meter, controls: [{ name: 'relay', enabled: true }] } : meter,
  );
  return { ...config, meters };
}

function meterOf(label: string): Config['meters'][number] {
  const meter = stage.config().meters.find((each) => each.label === label);
  if (!meter) throw new Error(`no meter ${label}`);
  return meter;
}

function pointOf(label: string, register: string): PointId {
  const point = meterOf(label).points.find((each) => each.register === register);
  if (!point) throw new Error(`${label} has no ${register}`);
  return point.id;
}

function command(action: Command['action'], { from = 0, life: lasts = 60_000 } = {}): Command {
  const issued = Date.now() + from;
  const { gateway } = stage.identity;
  return { v: 1, gateway, id: ids.command(), issued, expires: issued + lasts, action };
}

const switchTo = (to: 'on' | 'off'): Command['action'] => ({
  ...{ do: 'switch', control: 'relay', to, reason: 'test' },
  meter: meterOf('a').id,
});

async function answerTo({ id }: Command) {
  await until('it answers', () => stage.hub.results.some((result) => result.command === id));
  return stage.hub.results.find((result) => result.command === id);
}

/** What a person sees with `meterline-edge status`. */
function snapshot(): Promise<AgentSnapshot> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(join(stage.state, 'agent.sock'));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      if (!text.includes('\n')) return;
      socket.destroy();
      resolve(JSON.parse(text.slice(0, text.indexOf('\n'))));
    });
  });
}

/** Where the virtual relay of room a is. */
const isOn = (): boolean => stage.building.meter('a').switches.stateAt('relay', Date.now()) === 'on';

describe('the agent', () => {
  it('runs what the hub wants, and says so', async () => {
    await until('it reports', () => stage.hub.reports.some(({ running }) => running === 1));
    expect(stage.hub.reports.at(-1)).toMatchObject({ desired: 1, problems: [] });
    await until('readings come', () => stage.hub.store.readings.size > 20);
    const shown = await snapshot();
    expect(shown.gateway).toBe(stage.identity.gateway);
    expect(shown.uplink?.connected).toBe(true);
    expect(shown.buses.map(({ name, state }) => [name, state])).toEqual([
      ['east', 'open'],
      ['west', 'open'],
    ]);
    expect(shown.clock.synced).toBe(true);
    // Until the first look at the clock the hub's word is as good as any.
    let { clock } = shown;
    for (let n = 0; clock.source !== 'person' && n < 100; n += 1) {
      await sleep(100);
      ({ clock } = await snapshot());
    }
    expect(clock).toMatchObject({ synced: true, source: 'person' });
  });

  it('tells the hub how it is', async () => {
    await until('a status says that all meters answer', () => {
      const is = stage.hub.statuses.at(-1)?.is;
      return (
        is?.state === 'online' && is.meters.length === 4 && is.meters.every(({ state }) => state === 'ok')
      );
    });
  });

  it('switches a breaker and reads it back', async () => {
    await until('the meter was read', () => stage.hub.store.readings.size > 20);
    expect(isOn()).toBe(true);
    const off = command(switchTo('off'));
    stage.hub.command(off);
    expect(await answerTo(off)).toMatchObject({ outcome: { is: 'done' } });
    expect(isOn()).toBe(false);
    stage.hub.command(off);
    const soon = command(switchTo('on'));
    stage.hub.command(soon);
    expect(await answerTo(soon)).toMatchObject({ outcome: { is: 'refused', because: 'too-soon' } });
    expect(stage.hub.results.filter((result) => result.command === off.id).length).toBeGreaterThan(0);
    expect(isOn()).toBe(false);
  });

  it('does nothing for a command that is forged, over, or for somebody else', async () => {
    const before = stage.hub.results.length;
    const { gateway } = stage.identity;
    const forger = gatewayOf('forger').signer;
    const topic = topicOf({ gateway, channel: 'down/command', deflated: false });
    for (let n = 0; n < 20; n += 1) {
      stage.hub.raw(topic, sealMessage('command', command(switchTo('on')), forger));
    }
    const over = command(switchTo('on'), { from: -120_000 });
    stage.hub.command(over);
    expect(await answerTo(over)).toMatchObject({ outcome: { is: 'refused', because: 'expired' } });
    const stranger = ids.gateway();
    const other = { ...command(switchTo('on')), gateway: stranger };
    stage.hub.raw(topic, sealMessage('command', other, stage.hubSigner));
    await sleep(500);
    expect(stage.hub.results.length).toBe(before + 1);
    expect(isOn()).toBe(false);
    const told = (await snapshot()).uplink?.refused ?? [];
    expect(told.find(({ reason }) => reason === 'unknown-key')?.count).toBe(20);
  });

  it('reads on demand, as evidence that names who asked', async () => {
    const point = pointOf('b', 'energy_import_total');
    const asked = command({ do: 'read', points: [point] });
    stage.hub.command(asked);
    expect(await answerTo(asked)).toMatchObject({ outcome: { is: 'done' } });
    await until('it comes', () => stage.hub.asked.has(asked.id));
  });

  it('shows values while somebody looks, and ends by itself', async () => {
    const point = pointOf('b', 'power_l1');
    const watch = command({ do: 'watch', points: [point], everyMs: 500, until: Date.now() + 3_000 });
    stage.hub.command(watch);
    await until('it shows', () => stage.hub.lives.filter((live) => live.watch === watch.id).length > 1);
    expect(stage.hub.lives.at(-1)).toMatchObject({ points: [point], units: ['mW'] });
    await until('it ends', () => life.lines.length > 0 && Date.now() > watch.issued + 4_000);
    const shown = stage.hub.lives.length;
    await sleep(1_200);
    expect(stage.hub.lives.length).toBe(shown);
    expect((await snapshot()).uplink?.watched).toBe(false);
  });

  it('says once what is wrong with a receipt that is repeated', async () => {
    const { gateway } = stage.identity;
    const journal = ids.journal();
    const entry = { journal, watermark: 7, seen: 7, missing: [], chain: null };
    const topic = topicOf({ gateway, channel: 'down/receipt', deflated: false });
    for (let n = 0; n < 3; n += 1) {
      const receipt = { v: 1 as const, gateway, at: Date.now(), journals: [entry] };
      stage.hub.raw(topic, sealMessage('receipt', receipt, stage.hubSigner));
    }
    const told = () => life.lines.filter((line) => line.includes(journal));
    await until('it says so', () => told().length > 0);
    await sleep(500);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(/^log warn the hub knows journal .*, and this state folder does not/);
  });

  it('refuses a configuration that it cannot run, and runs on', async () => {
    const faulty = withRelay(stage.config(2));
    const [first, ...others] = faulty.meters;
    if (!first) throw new Error('no meters');
    stage.want({ ...faulty, meters: [{ ...first, profile: 'no-such-meter@1' }, ...others] });
    await until('it says why', () => stage.hub.reports.at(-1)?.state === 'rejected');
    const report = stage.hub.reports.at(-1);
    expect(report).toMatchObject({ running: 1, desired: 2 });
    expect(report?.problems[0]?.message).toContain('no-such-meter');
    const before = stage.hub.store.readings.size;
    await until('it reads on', () => stage.hub.store.readings.size > before);
  });

  it('takes over the next one without a restart', async () => {
    stage.want({ ...withRelay(stage.config(3)), meters: stage.config().meters.slice(1) });
    await until('it runs', () => stage.hub.reports.at(-1)?.running === 3);
    const shown = await snapshot();
    expect(shown.buses.flatMap(({ meters }) => meters.map(({ label }) => label))).toEqual([
      'a',
      'b',
      'b-check',
    ]);
  });

  it('ends in order', async () => {
    life.child.kill('SIGTERM');
    expect(await life.ended).toBe(0);
    expect(stage.hub.statuses.at(-1)?.is.state).toBe('stopping');
  });
});
