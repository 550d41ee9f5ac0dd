import type { Checked, Fault, PointId } from '@meterline/contracts';
import { encode } from '@meterline/contracts';
import { loadProfiles, type ProfileSet } from '../meters/profile-store.ts';
import { type Calendar, calendarOf, durationOf } from './calendar.ts';
import type { BuildingConfig } from './config.schema.ts';
import { crossCheck } from './cross-check.ts';
import type { FaultConfig } from './fault.schema.ts';
import { GRAINS, type Medium } from './flow.ts';
import { assembleMeter, type Site } from './meter-assembly.ts';
import { type PlaceTree, plantPlaces } from './places.ts';
import { pointsOf, type VirtualPoint } from './points.ts';
import { Supply } from './supply.ts';
import type { Move } from './switches.ts';
import type { VirtualMeter } from './virtual-meter.ts';

export interface TruthAt {
  /** Whole mWh or µL that have passed since the building began; `grains` are 60 000ths of them. */
  readonly quantity: bigint;
  readonly grains: bigint;
  /** As the meter keeps it, and as its register says it: a float has fewer digits. */
  readonly count: bigint;
  readonly shown: bigint;
}

/** All that is there, and what is true of it at any time. No bus, no timers, no randomness. */
export class Building {
  readonly config: BuildingConfig;
  readonly calendar: Calendar;
  readonly since: number;
  /** Where "after" is counted from. */
  readonly startedAt: number;
  readonly tree: PlaceTree;
  readonly supplies: Readonly<Record<Medium, Supply>>;
  readonly meters: readonly VirtualMeter[];
  readonly #byId = new Map<string, VirtualMeter>();
  #points: readonly VirtualPoint[];
  readonly #pointById = new Map<PointId, VirtualPoint>();

  constructor(config: BuildingConfig, profiles: ProfileSet, startedAt: number) {
    this.config = config;
    this.startedAt = startedAt;
    this.calendar = calendarOf(config.utcOffset);
    this.since = Date.parse(config.since);
    this.tree = plantPlaces(config.places, { seed: config.seed, calendar: this.calendar });
    this.supplies = {
      electricity: new Supply('electricity', this.tree, this.calendar, this.since),
      water: new Supply('water', this.tree, this.calendar, this.since),
    };
    const { calendar, since, tree, supplies } = this;
    const momentOf: Site['momentOf'] = (fault) => this.momentOf(fault);
    const site = { config, profiles, calendar, since, tree, supplies, momentOf };
    this.meters = config.buses.flatMap((bus) => bus.meters.map((meter) => assembleMeter(site, bus, meter)));
    for (const meter of this.meters) this.#byId.set(meter.parts.id, meter);
    this.#points = this.meters.flatMap((meter) => pointsOf(meter, config.seed, this.since));
    for (const point of this.#points) this.#pointById.set(point.id, point);
  }

  get points(): readonly VirtualPoint[] {
    return this.#points;
  }

  meter(id: string): VirtualMeter {
    const meter = this.#byId.get(id);
    if (!meter) throw new RangeError(`there is no meter "${id}"`);
    return meter;
  }

  /** The point of a meter’s (first) billed register at a time. */
  pointOf(meter: string, ms: number, register?: string): VirtualPoint {
    const point = this.#points.find(
      (one) =>
        one.meter.parts.id === meter &&
        (register === undefined || one.register.name === register) &&
        one.from <= ms &&
        ms < one.to,
    );
    if (!point) throw new RangeError(`${meter} has no such point then`);
    return point;
  }

  truth(point: PointId | VirtualPoint, ms: number): TruthAt {
    const found = typeof point === 'string' ? this.#pointById.get(point) : point;
    if (!found) throw new RangeError(`there is no point ${String(point)}`);
    if (ms < found.from || ms >= found.to) throw new RangeError(`${found.id} is not installed then`);
    const { count } = found.meter.count(found.index, ms);
    const grains = found.meter.parts.counters[found.index]?.passed(ms) ?? 0n;
    return { quantity: grains / GRAINS, grains, count, shown: found.meter.shown(found.index, count) };
  }

  /** A breaker or valve of this meter moves; everything behind it is with or without supply. */
  switch(meter: VirtualMeter, move: Move): void {
    meter.switches.move(move);
    const { place, supply } = meter.parts.measured;
    if (!supply.switch(place, `${meter.parts.id} ${move.control}`, move.at, move.isOn)) return;
    for (const one of this.meters) one.flowChanged();
  }

  /** When a fault begins: by the clock, or so long after the run began. */
  momentOf({ at, after }: Pick<FaultConfig, 'at' | 'after'>): number | undefined {
    if (at !== undefined) return Date.parse(at);
    return after === undefined ? undefined : this.startedAt + durationOf(after);
  }
}

/** Values that their registers cannot hold: only profiles that nobody has tried have any. */
function misfits(building: Building): Fault[] {
  return building.meters.flatMap((meter) =>
    meter.parts.profile.registers.flatMap((register): Fault[] => {
      if (meter.parts.without.has(register.name)) return [];
      try {
        encode(register, meter.value(register, building.since));
        return [];
      } catch (cause) {
        const problem = `${register.name} cannot be answered (${cause instanceof Error ? cause.message : String(cause)})`;
        return [
          {
            path: `meter ${meter.parts.id}`,
            problem,
            remedy: 'list it under without, or correct the profile',
          },
        ];
      }
    }),
  );
}

/** Checked and put together. `startedAt` is the building’s time when the run begins. */
export function buildBuilding(
  config: BuildingConfig,
  startedAt: number,
  profiles: ProfileSet = loadProfiles(),
): Checked<Building> {
  const faults = crossCheck(config, profiles);
  if (faults.length > 0) return { ok: false, faults };
  const building = new Building(config, profiles, startedAt);
  const odd = misfits(building);
  return odd.length > 0 ? { ok: false, faults: odd } : { ok: true, value: building };
}
