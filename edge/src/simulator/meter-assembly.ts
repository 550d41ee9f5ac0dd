import type { MeterProfile } from '@meterline/contracts';
import { reordered } from '@meterline/contracts';
import type { ProfileSet } from '../meters/profile-store.ts';
import { type Calendar, durationOf } from './calendar.ts';
import { keyOf, mixed } from './chance.ts';
import type { BuildingConfig, BusConfig, MeterConfig } from './config.schema.ts';
import { type Counter, counterOf, countersOf, type Input, type Measured } from './counters.ts';
import { fitsSerial } from './cross-check.ts';
import { type CountingEvent, countsOf, grainsOf } from './epochs.ts';
import { type CountingFault, type FaultConfig, isCounting } from './fault.schema.ts';
import { GRAINS, type Medium } from './flow.ts';
import type { PlaceTree } from './places.ts';
import type { Supply } from './supply.ts';
import { VirtualMeter } from './virtual-meter.ts';

/** What a meter is put into. */
export interface Site {
  readonly config: BuildingConfig;
  readonly profiles: ProfileSet;
  readonly calendar: Calendar;
  readonly since: number;
  readonly tree: PlaceTree;
  readonly supplies: Readonly<Record<Medium, Supply>>;
  readonly momentOf: (fault: Pick<FaultConfig, 'at' | 'after'>) => number | undefined;
}

function measuredBy(site: Site, profile: MeterProfile, place: string | undefined): Measured {
  const found = site.tree.byId.get(place ?? '') ?? site.tree.places[0];
  if (!found) throw new RangeError('a building has places');
  return { place: found, supply: site.supplies[profile.medium === 'water' ? 'water' : 'electricity'] };
}

/** A meter of the configuration, with its counters, its start counts and what will happen to them. */
export function assembleMeter(site: Site, bus: BusConfig, config: MeterConfig): VirtualMeter {
  const loaded = site.profiles.profiles.get(config.profile);
  if (!loaded) throw new RangeError(`${config.profile} is not known`);
  const profile = config.order === undefined ? loaded.profile : reordered(loaded.profile, config.order);
  const inputs = new Map<string, Input>();
  for (const input of config.inputs ?? []) {
    const place = site.tree.byId.get(input.measures);
    if (place)
      inputs.set(input.register, { place, supply: site.supplies[input.medium], perPulse: input.perPulse });
  }
  const measured = [...inputs.values()][0] ?? measuredBy(site, profile, config.measures);
  const rollsOverAt = config.rollsOverAt === undefined ? undefined : BigInt(config.rollsOverAt);
  const isPulses = profile.medium === 'pulses';
  const counters = countersOf(profile).map((register) =>
    counterOf(register, isPulses ? undefined : measured, inputs.get(register.name), rollsOverAt),
  );
  const faults = site.config.faults.filter(isCounting).filter(({ meter }) => meter === config.id);
  const key = mixed(site.config.seed, keyOf(config.id));
  const events = eventsOf(site, config, profile, counters, faults);
  return new VirtualMeter({
    id: config.id,
    bus: bus.id,
    unit: config.unit,
    profile,
    seed: key,
    calendar: site.calendar,
    measured,
    inputs,
    counters,
    start: {
      at: site.since,
      serial: config.serial ?? serialFrom(profile, key),
      openings: openings(
        site,
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

function eventsOf(
  site: Site,
  config: MeterConfig,
  profile: MeterProfile,
  counters: readonly Counter[],
  faults: readonly CountingFault[],
): CountingEvent[] {
  return faults.flatMap((fault, i) => eventOf(site, config, profile, counters, fault, i));
}

function eventOf(
  site: Site,
  config: MeterConfig,
  profile: MeterProfile,
  counters: readonly Counter[],
  fault: CountingFault,
  i: number,
): CountingEvent[] {
  const at = site.momentOf(fault) ?? site.since;
  switch (fault.kind) {
    case 'reset':
      return [{ kind: 'reset', at, by: 'schedule' }];
    case 'frozen':
      return [
        { kind: 'freeze', at },
        { kind: 'thaw', at: at + durationOf(fault.for) },
      ];
    case 'swap': {
      const key = mixed(site.config.seed, keyOf(config.id), i + 1);
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
function openings(
  site: Site,
  config: MeterConfig,
  counters: readonly Counter[],
  rollover: CountingFault | undefined,
): bigint[] {
  const billed = counters.find(({ register }) => register.billing && isRead(config, register.name));
  const isPulses = config.inputs !== undefined;
  const first = config.count ?? (billed && usualCount(site, config, billed));
  const whole =
    billed && rollover
      ? beforeRollover(billed, site.since, site.momentOf(rollover) ?? site.since)
      : billed
        ? grainsOf(billed, BigInt(first ?? 0))
        : 0n;
  return counters.map((counter) => {
    const input = config.inputs?.find(({ register }) => register === counter.register.name);
    if (input?.count !== undefined) return grainsOf(counter, BigInt(input.count));
    if (!isPulses || counter === billed) return counter.opening(whole);
    return grainsOf(counter, usualCount(site, config, counter));
  });
}

/** A meter that has been there for some months or years. */
function usualCount(site: Site, { id }: MeterConfig, billed: Counter): bigint {
  const grains = BigInt(1_000_000 + (mixed(site.config.seed, keyOf(id), 0xc0) % 9_000_000)) * 1_000n * GRAINS;
  return countsOf(billed, grains) % billed.modulus;
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
