import {
  encode,
  type Fault,
  type MeterProfile,
  ORDERS,
  orderWords,
  type ProfileRegister,
} from '@meterline/contracts';
import type { ProfileSet } from '../meters/profile-store.ts';
import { durationOf } from './calendar.ts';
import type { BuildingConfig, BusConfig, MeterConfig } from './config.schema.ts';
import { countersOf, naturalModulus } from './counters.ts';
import { type FaultConfig, isCounting } from './fault.schema.ts';

type Report = (path: string, problem: string, remedy: string) => void;

/** What the shape cannot say. */
export function crossCheck(config: BuildingConfig, { profiles }: ProfileSet): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, problem, remedy) => faults.push({ path, problem, remedy });
  checkPlaces(config, report);
  const known = new Map([...profiles].map(([id, { profile }]) => [id, profile]));
  checkBuses(config, report);
  for (const [b, bus] of config.buses.entries()) {
    for (const [m, meter] of bus.meters.entries()) {
      checkMeter(config, meter, known.get(meter.profile), `buses[${b}].meters[${m}]`, report);
    }
  }
  for (const [f, fault] of config.faults.entries())
    checkFault(config, fault, profiles, `faults[${f}]`, report);
  const { start } = config.time;
  if (start !== undefined && Date.parse(start) < Date.parse(config.since)) {
    report('time.start', 'lies before since', 'begin at since or later');
  }
  return faults;
}

function checkPlaces({ places }: BuildingConfig, report: Report): void {
  const groups = new Map(places.filter(({ kind }) => kind === 'group').map((group) => [group.id, group]));
  const seen = new Set<string>();
  for (const [p, place] of places.entries()) {
    if (seen.has(place.id))
      report(`places[${p}].id`, `there are two places "${place.id}"`, 'rename one of them');
    seen.add(place.id);
    if (place.in !== undefined && !groups.has(place.in)) {
      report(
        `places[${p}].in`,
        `"${place.in}" is no group`,
        'name a place whose kind is group, or remove in',
      );
    }
    const above = new Set<string>();
    for (let at: string | undefined = place.in; at !== undefined; at = groups.get(at)?.in) {
      if (at === place.id || above.has(at)) {
        report(`places[${p}].in`, `"${place.id}" is a part of itself`, 'break the circle');
        break;
      }
      above.add(at);
    }
    if (place.kind !== 'group') checkSpans(place, p, report);
  }
}

type Leaf = Exclude<BuildingConfig['places'][number], { kind: 'group' }>;

function checkSpans(place: Leaf, p: number, report: Report): void {
  const spans = { leaks: place.leaks ?? [], empty: place.kind === 'room' ? (place.empty ?? []) : [] };
  for (const [name, list] of Object.entries(spans)) {
    for (const [i, { from, to }] of list.entries()) {
      if (Date.parse(to) <= Date.parse(from)) {
        report(`places[${p}].${name}[${i}].to`, 'is not after from', 'exchange them, or correct one');
      }
    }
  }
}

const placeOf = (bus: BusConfig): string | undefined => {
  if (bus.kind === 'pty') return bus.path;
  return bus.port === 0 ? undefined : `${bus.host}:${bus.port}`;
};

function checkBuses({ buses }: BuildingConfig, report: Report): void {
  const ids = new Set<string>();
  const places = new Set<string>();
  const meters = new Set<string>();
  for (const [b, bus] of buses.entries()) {
    if (ids.has(bus.id)) report(`buses[${b}].id`, `there are two buses "${bus.id}"`, 'rename one of them');
    ids.add(bus.id);
    const place = placeOf(bus);
    if (place !== undefined && places.has(place)) {
      report(`buses[${b}]`, `another bus has ${place}`, 'give each bus its own');
    }
    if (place !== undefined) places.add(place);
    const units = new Set<number>();
    for (const [m, meter] of bus.meters.entries()) {
      const path = `buses[${b}].meters[${m}]`;
      if (meters.has(meter.id))
        report(`${path}.id`, `there are two meters "${meter.id}"`, 'rename one of them');
      if (units.has(meter.unit)) {
        report(
          `${path}.unit`,
          `${meter.unit} is taken`,
          'number the units of a bus apart, or add a duplicate fault',
        );
      }
      meters.add(meter.id);
      units.add(meter.unit);
    }
  }
}

function checkMeter(
  config: BuildingConfig,
  meter: MeterConfig,
  profile: MeterProfile | undefined,
  path: string,
  report: Report,
): void {
  if (!profile) {
    report(`${path}.profile`, `"${meter.profile}" is not known`, 'see meterline-edge profiles');
    return;
  }
  const places = new Set(config.places.map(({ id }) => id));
  const measures = [meter.measures, ...(meter.inputs ?? []).map((input) => input.measures)];
  for (const place of measures) {
    if (place !== undefined && !places.has(place)) {
      report(`${path}.measures`, `there is no place "${place}"`, 'name one of places');
    }
  }
  const wantsInputs = profile.medium === 'pulses';
  if (wantsInputs && (!meter.inputs || meter.measures !== undefined)) {
    report(
      path,
      `${profile.id} counts pulses`,
      'add inputs, each with register, measures, medium and perPulse',
    );
  }
  if (!wantsInputs && (meter.inputs || meter.measures === undefined)) {
    report(path, `${profile.id} measures one place`, 'add measures: the room, common area or group');
  }
  checkRegisters(meter, profile, path, report);
}

function checkRegisters(meter: MeterConfig, profile: MeterProfile, path: string, report: Report): void {
  const counters = countersOf(profile);
  for (const { register } of meter.inputs ?? []) {
    if (counters.some(({ name }) => name === register)) continue;
    report(
      `${path}.inputs`,
      `there is no counter "${register}"`,
      `use one of ${counters.map((c) => c.name).join(', ')}`,
    );
  }
  for (const { name, unit } of counters) {
    if (unit === 'varh' || unit === 'VAh') {
      report(`${path}.profile`, `${name} counts ${unit}`, 'list it under without: it is not simulated');
    }
  }
  for (const absent of meter.without ?? []) {
    if (!profile.registers.some(({ name }) => name === absent)) {
      report(`${path}.without`, `there is no register "${absent}"`, 'correct the name, or remove it');
    }
  }
  const billed = counters.find(({ billing }) => billing);
  if (billed) {
    const modulus = meter.rollsOverAt === undefined ? naturalModulus(billed) : BigInt(meter.rollsOverAt);
    if (modulus < 1n || modulus > naturalModulus(billed)) {
      report(`${path}.rollsOverAt`, 'is more than the register holds', `at most ${naturalModulus(billed)}`);
    }
    for (const count of [meter.count, ...(meter.inputs ?? []).map((input) => input.count)]) {
      if (count !== undefined && (BigInt(count) < 0n || BigInt(count) >= modulus)) {
        report(`${path}.count`, `is ${count}`, `from 0 up to, not including, ${modulus}`);
      }
    }
  }
  if (meter.serial !== undefined) checkSerial(meter.serial, profile, `${path}.serial`, report);
  const { order } = meter;
  const fits = (words: number): boolean =>
    (ORDERS[words as 1] as readonly string[] | undefined)?.includes(order ?? '') ?? false;
  if (order !== undefined && !profile.registers.some((register) => fits(orderWords(register)))) {
    report(`${path}.order`, `${order} fits no register of ${profile.id}`, 'correct or remove it');
  }
}

function checkSerial(serial: string, profile: MeterProfile, path: string, report: Report): void {
  const register = profile.registers.find(({ name }) => name === profile.identity.serial);
  if (!register) {
    report(path, `${profile.id} has no register for it`, 'remove it');
    return;
  }
  if (!fitsSerial(register, serial)) {
    report(
      path,
      `"${serial}" does not fit ${register.name}`,
      `it is ${register.type}: shorten or correct it`,
    );
  }
}

export function fitsSerial(register: ProfileRegister, serial: string): boolean {
  try {
    encode(register, { kind: 'identity', text: serial });
    return true;
  } catch {
    return false;
  }
}

/** A meter that takes the place of another is of the same model. */
function checkSwap(
  { serial, count }: Extract<FaultConfig, { kind: 'swap' }>,
  meter: MeterConfig,
  profile: MeterProfile,
  path: string,
  report: Report,
): void {
  if (serial !== undefined) checkSerial(serial, profile, `${path}.serial`, report);
  const billed = countersOf(profile).find(({ billing }) => billing);
  if (!billed || count === undefined) return;
  const modulus = meter.rollsOverAt === undefined ? naturalModulus(billed) : BigInt(meter.rollsOverAt);
  if (BigInt(count) < 0n || BigInt(count) >= modulus) {
    report(`${path}.count`, `is ${count}`, `from 0 up to, not including, ${modulus}`);
  }
}

/** Its start count follows from the rollover: nothing else may decide it. */
function checkRollover(
  config: BuildingConfig,
  rollover: Extract<FaultConfig, { kind: 'rollover' }>,
  path: string,
  report: Report,
): void {
  const meter = config.buses.flatMap((bus) => bus.meters).find(({ id }) => id === rollover.meter);
  const first = meter?.inputs?.[0];
  if (meter?.count !== undefined || first?.count !== undefined) {
    report(
      `${path}.meter`,
      `"${rollover.meter}" has a start count`,
      'remove its count: the rollover decides it',
    );
  }
  const rivals = config.faults
    .filter(isCounting)
    .filter((other) => other !== rollover && other.meter === rollover.meter);
  if (rivals.some((other) => other.kind === 'rollover' || !isBefore(rollover, other))) {
    report(
      `${path}.at`,
      'does not come first of what happens to the counter',
      'put it before the others, once',
    );
  }
}

type Moment = Pick<FaultConfig, 'at' | 'after'>;

/** A time and a distance from the beginning of a run cannot be compared. */
function isBefore(one: Moment, other: Moment): boolean {
  if (one.at !== undefined && other.at !== undefined) return Date.parse(one.at) < Date.parse(other.at);
  if (one.after !== undefined && other.after !== undefined)
    return durationOf(one.after) < durationOf(other.after);
  return false;
}

function checkFault(
  config: BuildingConfig,
  fault: FaultConfig,
  profiles: ProfileSet['profiles'],
  path: string,
  report: Report,
): void {
  const meters = config.buses.flatMap((bus) => bus.meters);
  if (fault.kind === 'cut') {
    if (!config.buses.some(({ id }) => id === fault.bus)) {
      report(`${path}.bus`, `there is no bus "${fault.bus}"`, 'name one of buses');
    }
  } else if (!meters.some(({ id }) => id === fault.meter)) {
    report(`${path}.meter`, `there is no meter "${fault.meter}"`, 'name one of the meters');
  }
  if (fault.kind === 'swap') {
    const meter = meters.find(({ id }) => id === fault.meter);
    const profile = profiles.get(meter?.profile ?? '')?.profile;
    if (meter && profile) checkSwap(fault, meter, profile, path, report);
  }
  if (fault.kind === 'rollover') checkRollover(config, fault, path, report);
  if (fault.at !== undefined && fault.after !== undefined) {
    report(path, 'has at and after', 'leave one of them');
  }
  if (isCounting(fault) && fault.at === undefined && fault.after === undefined) {
    report(path, `${fault.kind} happens at a time`, 'add at: a time, or after: a duration');
  }
  if (fault.at !== undefined && Date.parse(fault.at) < Date.parse(config.since)) {
    report(`${path}.at`, 'lies before since', 'set it to since or later');
  }
}
