import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { loadProfiles } from '../src/meters/profile-store.ts';
import {
  type Building,
  buildBuilding,
  buildingSchema,
  type RunningBus,
  SimClock,
  Simulation,
  type TruthLine,
} from '../src/simulator/index.ts';
import { type Bus, openBus, type RequestOptions } from '../src/wire/index.ts';

const SINCE = '2026-03-01T00:00:00+07:00';
export const since = Date.parse(SINCE);
const wire = systemClock();
export const profiles = loadProfiles();
/** As long as a busy machine may take; a test that waits for silence says for how long. */
export const quick: RequestOptions = { lane: 'poll', timeoutMs: 5_000 };

/** Undone after each test, the latest first. */
const undo: (() => unknown)[] = [];
export async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sim-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Wishes {
  readonly buses: readonly object[];
  readonly faults?: readonly object[];
  readonly speed?: number;
  /** The building's time stands still, and passes when the test says so. */
  readonly still?: boolean;
  readonly start?: string;
  /** When the first run began, for one that goes on. */
  readonly begun?: number;
  readonly truthPath?: string;
  readonly goesOn?: boolean;
  readonly folder?: string;
}

export interface Running {
  readonly simulation: Simulation;
  readonly building: Building;
  readonly clock: SimClock;
  readonly heard: TruthLine[];
  readonly url: (bus?: string) => string;
  /** For a building whose time stands still. */
  readonly pass: (ms: number) => void;
}

const rooms = [
  { id: 'house', kind: 'group', losses: { electricity: { permille: 10 }, water: { permille: 5 } } },
  { id: 'room', kind: 'room', in: 'house', people: 2, pattern: 'home' },
  {
    id: 'steady',
    kind: 'common',
    in: 'house',
    phase: 1,
    electricity: [{ kind: 'constant', watts: 1200 }],
    water: [{ kind: 'constant-flow', litres: 120 }],
  },
];

export function buildingOf(
  { buses, faults = [], start = SINCE }: Wishes,
  startedAt = Date.parse(start),
): Building {
  const config = buildingSchema.parse({
    format: 1,
    name: 'Test',
    since: SINCE,
    seed: 9,
    places: rooms,
    buses,
    faults,
  });
  const built = buildBuilding(config, startedAt, profiles);
  if (!built.ok) throw new Error(JSON.stringify(built.faults));
  return built.value;
}

export async function run(wishes: Wishes): Promise<Running> {
  const startedAt = Date.parse(wishes.start ?? SINCE);
  const building = buildingOf(wishes, wishes.begun ?? startedAt);
  let passedMs = 0;
  const stillNs = wire.monoNs();
  const monoNs = () => (wishes.still ? stillNs + BigInt(passedMs) * 1_000_000n : wire.monoNs());
  const clock = new SimClock({ monoNs, wallMs: wire.wallMs }, startedAt, wishes.speed ?? 1);
  const heard: TruthLine[] = [];
  const simulation = new Simulation({
    ...{ building, clock, wire, truthPath: wishes.truthPath, goesOn: wishes.goesOn ?? false },
    folder: wishes.folder ?? tmpdir(),
    heard: (line) => heard.push(line),
  });
  undo.push(() => simulation.stop());
  await simulation.start();
  const url = (bus?: string): string => {
    const found = simulation.buses.find((one: RunningBus) => bus === undefined || one.id === bus);
    if (!found) throw new Error(`no bus ${bus}`);
    return found.url;
  };
  const pass = (ms: number): void => {
    passedMs += ms;
  };
  return { simulation, building, clock, heard, url, pass };
}

export function master(url: string, options = {}): Bus {
  const opened = openBus(url, wire, { listenFirst: false, ...options });
  undo.push(() => opened.stop());
  return opened;
}
