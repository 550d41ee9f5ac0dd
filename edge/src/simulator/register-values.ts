import type { Decoded } from '@meterline/contracts';
import { type MeterProfile, type ProfileRegister, parseRatio, wordsOf } from '@meterline/contracts';
import { type Calendar, shownTime } from './calendar.ts';
import type { Electrics } from './electrics.ts';
import type { Look } from './virtual-meter.ts';

type Gauge = Extract<ProfileRegister, { role: 'gauge' }>;
type State = Extract<ProfileRegister, { role: 'state' }>;

export function gaugeOf(register: Gauge, look: Look): Decoded {
  return { kind: 'gauge', value: fitting(register, Math.round(measured(register, look))) };
}

function measured({ name, unit, phase }: Gauge, { phases, whole, flow }: Look): number {
  if (/battery/.test(name)) return 3_600;
  if (/(^|_)(export|reverse)(_|$)/.test(name)) return 0;
  const seen: Electrics | undefined = phase === undefined ? whole : (phases[phase - 1] ?? whole);
  switch (unit) {
    case 'mV':
      return seen?.voltageMv ?? 0;
    case 'mA':
      return seen?.currentMa ?? 0;
    case 'mW':
      return seen?.powerMw ?? 0;
    case 'mVA':
      return seen?.apparentMva ?? 0;
    case 'mvar':
      return seen?.reactiveMvar ?? 0;
    case '1e-4':
      return seen?.powerFactor ?? 10_000;
    case 'mHz':
      return seen?.frequencyMhz ?? 0;
    case 'mL/h':
      // µL a minute to mL an hour.
      return (flow * 60) / 1_000;
    case 'm°C':
      return 29_000;
  }
}

const WHOLE_BITS: Readonly<Record<string, number>> = { uint16: 16, int16: 15, uint32: 32, int32: 31 };

/** A register that cannot hold the value stays at its end, as that of a meter too small for its load does. */
function fitting({ type, scale }: Gauge, value: number): number {
  const bits = WHOLE_BITS[type];
  if (bits === undefined) return value;
  const { num, den } = parseRatio(scale);
  const step = Math.abs(Number(num) / Number(den));
  // The last pattern often means "not available".
  return Math.min(value, Math.floor((2 ** bits - 2) * step));
}

/** The code of the model, where the profile knows it; the serial number; else nothing in particular. */
export function identityOf(profile: MeterProfile, register: ProfileRegister, serial: string): Decoded {
  if (profile.identity.serial === register.name) return { kind: 'identity', text: serial };
  return { kind: 'identity', text: String(expected(profile, register.name) ?? 1) };
}

function expected(profile: MeterProfile, name: string): number | undefined {
  const wanted = [...(profile.checks ?? []), ...profile.identity.probes].find(
    ({ register }) => register === name,
  );
  return wanted && 'oneOf' in wanted ? wanted.oneOf[0] : undefined;
}

interface Setup {
  readonly unit: number;
  readonly calendar: Calendar;
  readonly ms: number;
}

export function settingOf(profile: MeterProfile, register: ProfileRegister, setup: Setup): Decoded {
  const whole = BigInt(settingValue(profile, register, setup));
  return { kind: 'setting', text: String(whole), whole };
}

function settingValue(
  profile: MeterProfile,
  register: ProfileRegister,
  { unit, calendar, ms }: Setup,
): string | number {
  const { name, type } = register;
  if (type === 'bcd' && /time/.test(name)) {
    const digits = shownTime(calendar, ms).replace(/\D/g, '');
    return digits.padEnd(4 * wordsOf(register), '0').slice(0, 4 * wordsOf(register));
  }
  if (/^(meter_id|slave_address|unit)$/.test(name)) return unit;
  // Unit in the high byte, code of the baud rate in the low one.
  if (name === 'unit_and_baud') return unit * 256 + 1;
  return expected(profile, name) ?? 0;
}

/** A pipe is full, a contact is on, nothing alarms. */
const USUAL = /^(full|ok|normal|closed_circuit)$/;

export function stateOf(register: State, readBack: number | undefined): Decoded {
  const word = readBack ?? register.values.find(({ name }) => USUAL.test(name))?.equals ?? 0;
  const names = register.values
    .filter(({ equals, mask }) => (mask === undefined ? word : (word & mask) >>> 0) === equals)
    .map(({ name }) => name);
  return { kind: 'state', names, word };
}
