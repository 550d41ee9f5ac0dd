import type { Checked, Fault, MeterProfile, PointId } from '@meterline/contracts';
import { reordered } from '../meters/decode.ts';
import { encode } from '../meters/encode.ts';
import { loadProfiles, type ProfileSet } from '../meters/profile-store.ts';
import { type Calendar, calendarOf, durationOf } from './calendar.ts';
import { keyOf, mixed } from './chance.ts';
import type { BuildingConfig, BusConfig, MeterConfig } from './config.schema.ts';
import { type Counter, counterOf, countersOf, type Input, type Measured } from './counters.ts';
import { crossCheck, fitsSerial } from './cross-check.ts';
import { type CountingEvent, countsOf, grainsOf } from './epochs.ts';
import { type CountingFault, type FaultConfig, isCounting } from './fault.schema.ts';
import { GRAINS, type Medium } from './flow.ts';
import { type PlaceTree, plantPlaces } from './places.ts';
import { pointsOf, type VirtualPoint } from './points.ts';
import { Supply } from './supply.ts';
import type { Move } from './switches.ts';
import { VirtualMeter } from './virtual-meter.ts';

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
  readonly #profiles: ProfileSet;
  readonly #byId = new Map<string, VirtualMeter>();
  #points: readonly VirtualPoint[];
  readonly #pointById = new Map<PointId, VirtualPoint>();

  constructor(config: BuildingConfig, profiles: ProfileSet, startedAt: number) {
    this.config = config;
    this.#profiles = profiles;
    this.startedAt = startedAt;
    this.calendar = calendarOf(config.utcOffset);
    this.since = Date.parse(config.since);
    this.tree = plantPlaces(config.places, { seed: config.seed, calendar: this.calendar });
    this.supplies = {
      electricity: new Supply('electricity', this.tree, this.calendar, this.since),
      water: new Supply('water', this.tree, this.calendar, this.since),
    };
    this.meters = config.buses.flatMap((bus) => bus.meters.map((meter) => this.#meterOf(bus, meter)));
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

  #measuredBy(profile: MeterProfile, place: string | undefined): Measured {
    const found = this.tree.byId.get(place ?? '') ?? this.tree.places[0];
    if (!found) throw new RangeError('a building has places');
    return { place: found, supply: this.supplies[profile.medium === 'water' ? 'water' : 'electricity'] };
  }

  #meterOf(bus: BusConfig, config: MeterConfig): VirtualMeter {
    const loaded = this.#profiles.profiles.get(config.profile);
    if (!loaded) throw new RangeError(`${config.profile} is not known`);
    const profile = config.order === undefined ? loaded.profile : reordered(loaded.profile, config.order);
    const inputs = new Map<string, Input>();
    for (const input of config.inputs ?? []) {
      const place = this.tree.byId.get(input.measures);
      if (place)
        inputs.set(input.register, { place, supply: this.supplies[input.medium], perPulse: input.perPulse });
    }
    const measured = [...inputs.values()][0] ?? this.#measuredBy(profile, config.measures);
    const rollsOverAt = config.rollsOverAt === undefined ? undefined : BigInt(config.rollsOverAt);
    const isPulses = profile.medium === 'pulses';
    const counters = countersOf(profile).map((register) =>
      counterOf(register, isPulses ? undefined : measured, inputs.get(register.name), rollsOverAt),
    );
    const faults = this.config.faults.filter(isCounting).filter(({ meter }) => meter === config.id);
    const key = mixed(this.config.seed, keyOf(config.id));
    const events = this.#eventsOf(config, profile, counters, faults);
    return new VirtualMeter({
      id: config.id,
      bus: bus.id,
      unit: config.unit,
      profile,
      seed: key,
      calendar: this.calendar,
      measured,
      inputs,
      counters,
      start: {
        at: this.since,
        serial: config.serial ?? serialFrom(profile, key),
        openings: this.#openings(
          config,
          counters,
          faults.find(({ kind }) => kind === 'rollover'),
        ),
      },
      events,
      without: new Set(config.without ?? []),
      turnaroundMs: config.turnaroundMs,
    });
  }

  #eventsOf(
    config: MeterConfig,
    profile: MeterProfile,
    counters: readonly Counter[],
    faults: readonly CountingFault[],
  ): CountingEvent[] {
    return faults.flatMap((fault, i) => this.#eventOf(config, profile, counters, fault, i));
  }

  #eventOf(
    config: MeterConfig,
    profile: MeterProfile,
    counters: readonly Counter[],
    fault: CountingFault,
    i: number,
  ): CountingEvent[] {
    const at = this.momentOf(fault) ?? this.since;
    switch (fault.kind) {
      case 'reset':
        return [{ kind: 'reset', at, by: 'schedule' }];
      case 'frozen':
        return [
          { kind: 'freeze', at },
          { kind: 'thaw', at: at + durationOf(fault.for) },
        ];
      case 'swap': {
        const key = mixed(this.config.seed, keyOf(config.id), i + 1);
        const billed = counters.find(({ register }) => register.billing);
        const count = BigInt(fault.count ?? key % 100);
        const whole = billed ? grainsOf(billed, count) : 0n;
        // Each input of a pulse counter has its own worth.
        const openings = counters.map((counter) =>
          config.inputs ? grainsOf(counter, count) : counter.opening(whole),
        );
        return [{ kind: 'swap', at, serial: fault.serial ?? serialFrom(profile, key), openings }];
      }
      case 'rollover':
        return [];
    }
  }

  /** Start counts, or what lets the counter end where a rollover is wanted. */
  #openings(
    config: MeterConfig,
    counters: readonly Counter[],
    rollover: CountingFault | undefined,
  ): bigint[] {
    const billed = counters.find(({ register }) => register.billing && isRead(config, register.name));
    const isPulses = config.inputs !== undefined;
    const first = config.count ?? (billed && this.#usualCount(config, billed));
    const whole =
      billed && rollover
        ? beforeRollover(billed, this.since, this.momentOf(rollover) ?? this.since)
        : billed
          ? grainsOf(billed, BigInt(first ?? 0))
          : 0n;
    return counters.map((counter) => {
      const input = config.inputs?.find(({ register }) => register === counter.register.name);
      if (input?.count !== undefined) return grainsOf(counter, BigInt(input.count));
      if (!isPulses || counter === billed) return counter.opening(whole);
      return grainsOf(counter, this.#usualCount(config, counter));
    });
  }

  /** A meter that has been there for some months or years. */
  #usualCount({ id }: MeterConfig, billed: Counter): bigint {
    const grains =
      BigInt(1_000_000 + (mixed(this.config.seed, keyOf(id), 0xc0) % 9_000_000)) * 1_000n * GRAINS;
    return countsOf(billed, grains) % billed.modulus;
  }
}

/** Seven digits, or as many as the register holds. */
function serialFrom(profile: MeterProfile, key: number): string {
  const register = profile.registers.find(({ name }) => name === profile.identity.serial);
  const digits = String(1_000_000 + (key % 9_000_000));
  if (!register) return digits;
  for (let length = digits.length; length > 1; length -= 1) {
    if (fitsSerial(register, digits.slice(0, length))) return digits.slice(0, length);
  }
  return '1';
}

const isRead = ({ inputs }: MeterConfig, name: string): boolean =>
  inputs === undefined || inputs.some(({ register }) => register === name);

/** Grains from which the register, however often before, begins anew at this very moment. */
function beforeRollover(counter: Counter, since: number, at: number): bigint {
  const passed = counter.passed(at) - counter.passed(since);
  const round = grainsOf(counter, counter.modulus);
  return ((passed + round - 1n) / round) * round - passed;
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
