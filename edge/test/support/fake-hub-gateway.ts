import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewayId, idsFrom, type PointId, type Signer } from '@meterline/contracts';
import type { Clock } from '../../src/clock.ts';
import { HubKeyRing } from '../../src/enrol/index.ts';
import { type Entry, Journal, type JournalLimits } from '../../src/store/index.ts';
import {
  type Broker,
  type Credentials,
  type StatusParts,
  Uplink,
  type UplinkOptions,
} from '../../src/uplink/index.ts';

/** A clock that runs as real time does, but may be moved on: a week offline in a second. */
export interface ShiftedClock extends Clock {
  advance(ms: number): void;
}

export function shiftedClock(startWall = Date.now(), boot = 'boot-1'): ShiftedClock {
  const begin = process.hrtime.bigint();
  let ahead = 0;
  const passed = () => Number((process.hrtime.bigint() - begin) / 1_000_000n) + ahead;
  const wallMs = () => startWall + passed();
  return {
    boot,
    monoNs: () => BigInt(passed() + 1_000) * 1_000_000n,
    wallMs,
    now: () => ({ boot, mono: passed() + 1_000, wall: wallMs() }),
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export interface GatewayParts {
  readonly folder: string;
  readonly gateway: GatewayId;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly broker: Broker;
  readonly credentials?: Credentials;
  /** PEM of the pinned CA. */
  readonly ca: string;
  readonly limits?: Partial<JournalLimits>;
  readonly options?: Partial<UplinkOptions>;
}

export interface Gateway {
  readonly journal: Journal;
  readonly uplink: Uplink;
  readonly lines: string[];
  /** What the agent does once a second. */
  tend(): void;
  stop(): Promise<void>;
}

/** Journal and uplink, put together as the agent does it. */
export function gatewayWith(parts: GatewayParts): Gateway {
  const { folder, gateway, signer, clock, broker, credentials, ca, limits, options } = parts;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'journal.db');
  const journal = new Journal({
    path,
    gateway,
    signer,
    clock,
    agent: 'test 1',
    limits: { reserveBytes: 0, ...limits },
  });
  const pinned = [new X509Certificate(ca)];
  const utc = () => clock.wallMs();
  const lines: string[] = [];
  const uplink = new Uplink({
    gateway,
    signer,
    ids: idsFrom({ nowMs: Date.now, random: randomBytes }),
    clock,
    utc,
    place: placeOf(journal),
    journal,
    doorway: { broker: () => broker, credentials: () => credentials },
    trust: new HubKeyRing(folder, { pinned: () => pinned, utc: () => Date.now() }),
    folder,
    handlers: { config: () => {}, command: () => {} },
    status: () => statusOf(journal),
    log: (_level, line) => lines.push(line),
    ...options,
  });
  return {
    journal,
    uplink,
    lines,
    tend() {
      journal.tend();
      uplink.nudge();
    },
    async stop() {
      await uplink.stop(3_000);
      journal.close();
    },
  };
}

/** For messages without a time. */
function placeOf(journal: Journal): UplinkOptions['place'] {
  let n = 0;
  return () => {
    const { journal: id, boot } = journal.status();
    n += 1;
    return { journal: id, boot, n };
  };
}

export function statusOf(journal: Journal): StatusParts {
  const { journal: id, last, watermark, depth, bytes, disk, boot, synced } = journal.status();
  const { billing, counter, gauge, records } = depth;
  return {
    agent: 'test 1',
    uptimeMs: 1_000,
    clock: { boot, synced, uncertainty: 20, source: 'ntp' },
    journal: {
      id,
      last,
      watermark,
      unsent: { billing, counter, gauge, records },
      oldestUnsent: depth.oldest,
      bytes,
    },
    disk: { ...disk, writtenToday: 0 },
    config: 0,
    certificateExpires: null,
    buses: [],
    meters: [],
  };
}

const REGISTER = 'eastron-sdm630@1/energy_import_total';

/** Entries of the clock's present instant. */
export function entriesAt(clock: Clock, points: readonly PointId[]) {
  const point = (n: number): PointId => points[n % points.length] ?? ('' as PointId);
  return {
    gauge: (n: number, value: number): Entry => ({
      kind: 'gauge',
      point: point(n),
      unit: 'mV',
      value,
      at: clock.now(),
    }),
    counter: (n: number, value: number): Entry => ({
      kind: 'counter',
      point: point(n),
      value: String(value),
      at: clock.now(),
    }),
    billing: (n: number, value: number): Entry => ({
      kind: 'billing',
      point: point(n),
      register: REGISTER,
      raw: value.toString(16).padStart(8, '0'),
      value: String(value),
      at: clock.now(),
    }),
    boundary: (n: number, boundary: number, value: number): Entry => ({
      kind: 'boundary',
      boundary,
      occasion: 'quarter',
      pass: 'only',
      point: point(n),
      register: REGISTER,
      raw: value.toString(16).padStart(8, '0'),
      value: String(value),
      bracket: { at: Math.max(0, clock.now().mono - 60_000), count: String(value - 1) },
      quality: 'good',
      rereads: [],
      at: clock.now(),
    }),
    anchor: (): Entry => ({
      kind: 'event',
      at: clock.now(),
      event: { kind: 'clock', mono: clock.now().mono, utc: clock.wallMs(), uncertainty: 20, source: 'ntp' },
    }),
  };
}

/** Until it is so, or the test has waited long enough. */
export async function until(what: string, condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
