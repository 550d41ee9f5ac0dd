import { existsSync, readFileSync } from 'node:fs';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { type Building, buildBuilding, parseBuilding } from '../../edge/src/simulator/index.ts';
import { writePrivate } from '../stack/hub.ts';
import { virtualFile } from './building.ts';
import type { Shown } from './furnish.ts';
import { type HubApi, HubRefusal, type Row } from './hub-api.ts';
import type { BuildingPlan, EstatePlan, MeterPlan } from './plan/estate.types.ts';
import { type Chunk, firstChunks, handoversOf, missedChunks, timesOf } from './plan/history.ts';
import { virtualMeter } from './plan/virtual.ts';

interface Kept {
  chunks: (Chunk & { import?: string; readings?: number; isIn?: true })[];
  /** UTC ms of the last sign of life. */
  alive: number;
}

export interface HistoryState {
  readonly state: 'filling' | 'complete' | 'failed';
  readonly filesIn: number;
  readonly files: number;
  readonly readings: number;
  readonly problem?: string;
}

export interface HistoryOptions {
  readonly file: string;
  readonly plan: EstatePlan;
  readonly meters: VirtualMeters;
  readonly organisation: string;
  readonly buildings: Readonly<Record<BuildingPlan['key'], string>>;
  readonly hub: HubApi;
  /** Told at each file that is in. */
  readonly told: (state: HistoryState) => void;
}

const ALIVE_MS = 10_000;
const LOOK_MS = 1_000;
/** Readings between two pauses, in which the demo can answer a signal. */
const BREATH = 2_000;
/** Of an import: the hub finishes it by itself, also after a restart. */
const GOES_ON = new Set(['queued', 'checking', 'storing', 'done']);
const SETTLED = new Set(['done', 'refused', 'checked', 'failed', 'cancelled']);

/** What the virtual meters counted when nobody read them, brought in as files as from any earlier system. */
export class History {
  readonly #options: HistoryOptions;
  readonly #kept: Kept;
  #isStopped = false;
  readonly #pulse: NodeJS.Timeout;

  constructor(options: HistoryOptions, now: number) {
    this.#options = options;
    this.#kept = existsSync(options.file)
      ? (JSON.parse(readFileSync(options.file, 'utf8')) as Kept)
      : { chunks: [...firstChunks(options.plan, now)], alive: now };
    const walked = Math.max(
      ...this.#kept.chunks.filter(({ building }) => building === 'jakarta').map(({ to }) => to),
    );
    this.#kept.chunks.push(...missedChunks(now, { stopped: this.#kept.alive, walked }));
    this.#beat();
    this.#pulse = setInterval(() => this.#beat(), ALIVE_MS);
    this.#pulse.unref();
  }

  get state(): HistoryState {
    const { chunks } = this.#kept;
    const done = chunks.filter(({ isIn }) => isIn);
    const readings = done.reduce((sum, chunk) => sum + (chunk.readings ?? 0), 0);
    const state = done.length === chunks.length ? 'complete' : 'filling';
    return { state, filesIn: done.length, files: chunks.length, readings };
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#pulse);
  }

  /** Until all is in; what goes wrong is told, and tried again at the next start. */
  async fill(): Promise<void> {
    const { told } = this.#options;
    try {
      for (const chunk of this.#kept.chunks) {
        if (this.#isStopped) return;
        if (chunk.isIn) continue;
        await this.#bring(chunk);
        told(this.state);
      }
    } catch (error) {
      if (this.#isStopped) return;
      const problem = error instanceof Error ? error.message : String(error);
      told({ ...this.state, state: 'failed', problem });
    }
  }

  async #bring(chunk: Kept['chunks'][number]): Promise<void> {
    const { hub, organisation, buildings } = this.#options;
    const imports = `/organisations/${organisation}/imports`;
    const begun = chunk.import && (await this.#stateOf(imports, chunk.import));
    if (!begun || !GOES_ON.has(String(begun.state))) {
      const name = `${chunk.building}-${new Date(chunk.from).toISOString().slice(0, 10)}-${chunk.stepMinutes}.csv`;
      const uploads = `/organisations/${organisation}/buildings/${buildings[chunk.building]}/imports`;
      const { id } = await hub.upload(`${uploads}?name=${name}`, await this.#csv(chunk));
      await hub.post(`${imports}/${id}/start`, { mapping: MAPPING });
      chunk.import = String(id);
      this.#keep();
    }
    const done = await this.#settled(imports, String(chunk.import));
    if (done.state !== 'done')
      throw new Error(
        `the readings of ${chunk.building} are ${done.state}: ${done.error ?? `${done.faults} faults`}`,
      );
    chunk.readings = Number(done.readings);
    chunk.isIn = true;
    this.#keep();
  }

  async #stateOf(imports: string, id: string): Promise<Row | undefined> {
    try {
      return await this.#options.hub.get(`${imports}/${id}`);
    } catch (error) {
      if (error instanceof HubRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async #settled(imports: string, id: string): Promise<Row> {
    for (;;) {
      const run = await this.#options.hub.get(`${imports}/${id}`);
      if (SETTLED.has(String(run.state))) return run;
      if (this.#isStopped) throw new Error('stopped');
      await sleep(LOOK_MS);
    }
  }

  async #csv(chunk: Chunk): Promise<string> {
    const { plan, meters } = this.#options;
    const building = plan.buildings.find(({ key }) => key === chunk.building) ?? plan.buildings[0];
    const shown = meters.shownIn(building);
    const lines = ['Meter,Time,Reading,Unit\n'];
    let untilBreath = BREATH;
    for (const [at, swept] of sweeps(chunk, building)) {
      const time = new Date(at).toISOString();
      for (const meter of swept) {
        const { value, unit } = shown(meter, at);
        lines.push(`${meter.label},${time},${value},${unit}\n`);
      }
      untilBreath -= swept.length;
      if (untilBreath > 0) continue;
      untilBreath = BREATH;
      await setImmediate();
      if (this.#isStopped) throw new Error('stopped');
    }
    return lines.join('');
  }

  #beat(): void {
    this.#kept.alive = Date.now();
    this.#keep();
  }

  #keep(): void {
    writePrivate(this.#options.file, `${JSON.stringify(this.#kept)}\n`);
  }
}

const MAPPING = {
  columns: { meter: 'Meter', time: 'Time', unit: 'Unit' },
  values: [{ column: 'Reading' }],
  dates: { order: 'ymd' },
};

/** All meters at every step; those of a room also when it changed hands, if that is between two steps. */
function sweeps(chunk: Chunk, building: BuildingPlan): (readonly [number, readonly MeterPlan[]])[] {
  const steps = timesOf(chunk);
  const isStep = new Set(steps);
  const moments = [...handoversOf(building)].flatMap(([room, times]) =>
    // What people saw on the displays of a house came in with its move.
    building.meters
      .filter(({ place, isRead }) => place === room && isRead === 'by a gateway')
      .flatMap((meter) => [...times].map((at) => [at, [meter]] as const)),
  );
  const between = moments.filter(([at]) => at >= chunk.from && at < chunk.to && !isStep.has(at));
  return [...steps.map((at) => [at, building.meters] as const), ...between].sort(([a], [b]) => a - b);
}

/** What the virtual meters of the plan count, at any time: the same ones that answer on the buses, drawn from their file. */
export class VirtualMeters {
  readonly #folder: string;
  readonly #plan: EstatePlan;
  readonly #buildings = new Map<string, Building>();

  constructor(folder: string, plan: EstatePlan) {
    this.#folder = folder;
    this.#plan = plan;
  }

  shownIn(building: BuildingPlan): Shown {
    const virtual = this.#of(building);
    return (meter, ms) => displayed(virtual, meter, ms);
  }

  #of(building: BuildingPlan): Building {
    const known = this.#buildings.get(building.key);
    if (known) return known;
    const file = virtualFile(this.#folder, this.#plan, building);
    const parsed = parseBuilding(readFileSync(file, 'utf8'));
    const built = parsed.ok ? buildBuilding(parsed.value, Date.now()) : parsed;
    if (!built.ok) throw new Error(`${file} is faulty: ${JSON.stringify(built.faults[0])}`);
    this.#buildings.set(building.key, built.value);
    return built.value;
  }
}

/** A gateway sends what the register says; people write down the digits of the display. */
function displayed(virtual: Building, meter: MeterPlan, ms: number): ReturnType<Shown> {
  const point = virtual.pointOf(virtualMeter(meter), ms);
  const { shown } = virtual.truth(point, ms);
  if (meter.isRead === 'by a gateway') return { value: String(shown), unit: 'count' };
  const [digits, unit] = meter.medium === 'electricity' ? [2, 'kWh'] : [3, 'm³'];
  // Their registers count Wh and mL.
  const whole = 10n ** BigInt(meter.medium === 'electricity' ? 3 : 6);
  const step = whole / 10n ** BigInt(digits);
  const fraction = String((shown % whole) / step).padStart(digits, '0');
  return { value: `${shown / whole}.${fraction}`, unit };
}
