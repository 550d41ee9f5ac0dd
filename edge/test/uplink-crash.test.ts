import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { systemClock } from '../src/clock.ts';
import { gatewayOf } from './journal-support.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import { gatewayWith, until } from './support/fake-hub-gateway.ts';
import { Relay } from './support/fake-hub-relay.ts';

const CHILD = fileURLToPath(new URL('./uplink-child.ts', import.meta.url));
const SEEDS = 25;
const LIVES = 8;

let ca: FakeCa;
let hubKey: ReturnType<FakeCa['hubKey']>;
beforeAll(async () => {
  ca = await FakeCa.create();
  hubKey = ca.hubKey();
});
afterAll(() => ca.remove());

/** Repeatable moments: a linear congruence, the constants of Numerical Recipes. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Told {
  readonly kept: Map<number, number>;
  readonly sent: Map<string, string>;
  readonly settled: Set<string>;
  /** Sent after the journal had written down that it is receipted. */
  readonly again: string[];
  /** One place in the chain, two digests. */
  readonly changed: string[];
  next: number;
  opened: number;
}

/** The child's own lines, in its own order, over all its lives. */
function listen(child: ChildProcess, told: Told): Promise<void> {
  if (!child.stdout) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [word, first = '', second = '', third = ''] = line.split(' ');
    if (word === 'open') told.opened += 1;
    else if (word === 'kept') {
      told.kept.set(Number(first), Number(second));
      told.next = Math.max(told.next, Number(first) + 1);
    } else if (word === 'sent') {
      if (told.settled.has(first)) told.again.push(`${second} ${third}`);
      const place = `${second} ${third}`;
      if ((told.sent.get(place) ?? first) !== first) told.changed.push(place);
      told.sent.set(place, first);
    } else if (word === 'settled') told.settled.add(first);
  });
  return once(lines, 'close').then(() => {});
}

it.each(Array.from({ length: SEEDS }, (_, n) => n + 1))(
  `loses and doubles nothing over ${LIVES} times kill -9, seed %i`,
  { timeout: 180_000 },
  async (seed) => {
    const chance = chances(seed * 7_919);
    const name = `uplink-crash-${seed}`;
    const { gateway, signer } = gatewayOf(name);
    const folder = mkdtempSync(join(tmpdir(), 'uplink-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ca.pem'), ca.ca);
    let mosquitto = await startMosquitto();
    const relay = await Relay.to(mosquitto.url);
    const parts = {
      signer: hubKey.signer,
      keyCertificate: hubKey.certificate,
      gateways: new Map([[gateway, [verifierFor(signer)]]]),
      random: chance,
    };
    let hub = new FakeHub({ ...parts, url: mosquitto.url });
    hub.faults = { ...hub.faults, lose: 0.1, forgetReceipt: 0.2, duplicateReceipt: 0.1, reorderReceipt: 0.2 };
    await hub.start();
    const told: Told = {
      kept: new Map(),
      sent: new Map(),
      settled: new Set(),
      again: [],
      changed: [],
      next: 0,
      opened: 0,
    };
    let [cuts, restarts] = [0, 0];
    for (let life = 0; life < LIVES; life += 1) {
      const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', CHILD, folder];
      const child = spawn(process.execPath, [...args, String(relay.port), name, String(told.next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const heard = listen(child, told);
      await until('it writes', () => told.opened > life, 30_000);
      const ends = performance.now() + 600 + chance() * 1_400;
      while (performance.now() < ends) {
        await sleep(50 + chance() * 400);
        const what = chance();
        if (what < 0.3) {
          cuts += 1;
          await relay.cut();
          await sleep(chance() * 300);
          await relay.open();
        } else if (what < 0.4) relay.drop();
        else if (what < 0.5) {
          // The broker dies and forgets every session and every message that it had acknowledged.
          restarts += 1;
          await hub.stop();
          await mosquitto.stop();
          mosquitto = await startMosquitto();
          relay.drop();
          relay.retarget(mosquitto.url);
          hub = hub.movedTo(mosquitto.url);
          await hub.start();
        }
      }
      child.kill('SIGKILL');
      await heard;
      // Numbers of samples that nobody acknowledged may have been used.
      told.next += 1_000;
    }
    hub.faults = { ...hub.faults, lose: 0, forgetReceipt: 0 };
    const last = gatewayWith({
      folder,
      gateway,
      signer,
      clock: systemClock(),
      broker: { url: `mqtt://127.0.0.1:${relay.port}`, token: 'token', ca: [] },
      ca: ca.ca,
      limits: { resendAfterMs: 1_000, resendMaxMs: 2_000 },
      options: {
        observer: {
          sent: ({ digest, number }) => told.settled.has(digest) && told.again.push(String(number)),
        },
        settings: { backfillBytesPerSecond: 5_000_000, monthlyBytes: null, statusMs: 10_000, sealMs: 1_000 },
      },
    });
    while (last.journal.seal(undefined, { all: true }).more);
    last.uplink.start();
    await until('all is receipted', () => last.journal.depth().batches === 0, 60_000).catch(
      (error: Error) => {
        const { uplink, journal, lines } = last;
        const seen = { state: uplink.state, depth: journal.depth(), status: journal.status(), lines };
        const other = { receipts: hub.store.receipts(), refused: hub.refused, clones: hub.store.clones };
        throw new Error(`${error.message}: ${JSON.stringify({ ...seen, ...other })}`);
      },
    );
    const { journal, last: end } = last.journal.status();
    const values = new Set([...hub.store.readings.values()].map(({ value }) => value));
    const lost = [...told.kept.keys()].filter((n) => n % 5 === 0 && !values.has(String(1_000_000 + n)));
    const { doubled, conflicts, clones, repeats } = hub.store;
    process.stderr.write(
      `uplink kill -9, seed ${seed}: ${LIVES} lives, ${cuts} cuts, ${restarts} brokers lost, ${told.kept.size} durable rows, ` +
        `${end} records; lost ${lost.length}, doubled ${doubled.length}, sent again after receipt ${told.again.length}, ` +
        `repeats without receipt ${repeats}\n`,
    );
    expect(last.journal.replaced).toBeNull();
    await last.stop();
    await hub.stop();
    await relay.cut();
    await mosquitto.stop();
    rmSync(folder, { recursive: true, force: true });
    expect(lost).toEqual([]);
    expect([...doubled, ...conflicts, ...clones, ...hub.refused]).toEqual([]);
    expect(told.again).toEqual([]);
    expect(told.changed).toEqual([]);
    expect(hub.store.watermarkOf(journal)).toBe(end);
    expect(told.kept.size).toBeGreaterThan(200);
  },
);
