import type { MeterProfile, ProfileRegister } from '@meterline/contracts';
import { type Decoded, decode, encode } from '@meterline/contracts';
import type { ReadFunction } from '../meters/span.ts';
import type { Calendar } from './calendar.ts';
import type { Counter, Input, Measured } from './counters.ts';
import { type Electrics, phaseAt, together } from './electrics.ts';
import {
  type CountingEvent,
  countsOf,
  type Epoch,
  epochAt,
  epochsOf,
  grainsIn,
  type Start,
} from './epochs.ts';
import { RegisterMap } from './register-map.ts';
import { gaugeOf, identityOf, settingOf, stateOf } from './register-values.ts';
import { Switches } from './switches.ts';

export interface MeterParts {
  readonly id: string;
  readonly bus: string;
  readonly unit: number;
  readonly profile: MeterProfile;
  readonly seed: number;
  readonly calendar: Calendar;
  /** For a pulse counter: what its first input measures. */
  readonly measured: Measured;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly counters: readonly Counter[];
  readonly start: Start;
  readonly events: readonly CountingEvent[];
  readonly without: ReadonlySet<string>;
  readonly turnaroundMs: number | undefined;
}

export interface Count {
  /** Whole, as the meter keeps it. */
  readonly count: bigint;
  /** How often it has begun anew since the epoch began. */
  readonly rounds: bigint;
  readonly epoch: Epoch;
}

/** One meter: what its registers hold at any time. It answers no faster and no better than its model. */
export class VirtualMeter {
  readonly parts: MeterParts;
  readonly map: RegisterMap;
  readonly switches: Switches;
  /** Somebody has moved it to another unit number or rate: nobody hears it any more. */
  isLost = false;
  #events: readonly CountingEvent[];
  #epochs: readonly Epoch[] | undefined;

  constructor(parts: MeterParts) {
    this.parts = parts;
    this.map = new RegisterMap(parts.profile, parts.without);
    this.switches = new Switches(parts.profile);
    this.#events = parts.events;
  }

  get epochs(): readonly Epoch[] {
    this.#epochs ??= epochsOf(this.parts.counters, this.parts.start, this.#events);
    return this.#epochs;
  }

  /** Somebody has written what should never be written: from the next ms on, since this one is already told. */
  erase(ms: number): void {
    this.#events = [...this.#events, { kind: 'reset', at: ms + 1, by: 'write' }];
    this.#epochs = undefined;
  }

  /** A breaker or valve has been moved: what had passed at later events has changed. */
  flowChanged(): void {
    this.#epochs = undefined;
  }

  count(index: number, ms: number, epoch = epochAt(this.epochs, ms)): Count {
    const counter = this.parts.counters[index];
    if (!counter || !epoch) throw new RangeError(`${this.parts.id} has no counter ${index}`);
    const counts = countsOf(counter, grainsIn(epoch, this.parts.counters, index, ms));
    return { count: counts % counter.modulus, rounds: counts / counter.modulus, epoch };
  }

  indexOf(register: string): number {
    return this.parts.counters.findIndex((counter) => counter.register.name === register);
  }

  /** As a master would decode it: floats have fewer digits than the meter. */
  shown(index: number, count: bigint): bigint {
    const register = this.parts.counters[index]?.register;
    if (!register || !/float/.test(register.type)) return count;
    const decoded = decode(register, encode(register, { kind: 'counter', count }));
    return decoded.kind === 'counter' ? decoded.count : count;
  }

  /** The words of an address range that the map allows. `zero` stands in for all counters. */
  words(code: ReadFunction, address: number, count: number, ms: number, zero = false): number[] {
    const words = new Array<number>(count).fill(0);
    const look = this.#lookAt(ms);
    for (const register of this.map.within(code, address, count)) {
      const value = zero && register.role === 'counter' ? ZERO : this.#valueOf(register, ms, look);
      for (const [k, word] of encode(register, value).entries()) {
        const at = register.address + k - address;
        if (at >= 0 && at < count) words[at] = word;
      }
    }
    return words;
  }

  /** The value of one register at a time. */
  value(register: ProfileRegister, ms: number): Decoded {
    return this.#valueOf(register, ms, this.#lookAt(ms));
  }

  #valueOf(register: ProfileRegister, ms: number, look: () => Look): Decoded {
    const { parts } = this;
    switch (register.role) {
      case 'counter':
        return { kind: 'counter', count: this.count(this.indexOf(register.name), ms).count };
      case 'gauge':
        return gaugeOf(register, look());
      case 'identity':
        return identityOf(parts.profile, register, epochAt(this.epochs, ms)?.serial ?? '');
      case 'setting':
        return settingOf(parts.profile, register, { unit: parts.unit, calendar: parts.calendar, ms });
      case 'state':
        return stateOf(register, this.switches.readBack(register, ms));
    }
  }

  /** What there is to be measured now; looked at only when a gauge is asked for. */
  #lookAt(ms: number): () => Look {
    let seen: Look | undefined;
    return () => {
      seen ??= this.#look(ms);
      return seen;
    };
  }

  #look(ms: number): Look {
    const { seed, measured, profile } = this.parts;
    const { place, supply } = measured;
    const flow = supply.rate(place, 0, ms);
    if (supply.medium === 'water') return { phases: [], whole: undefined, flow };
    if (profile.phases !== 3) return { phases: [], whole: phaseAt(seed, supply, place, 0, ms), flow };
    const on = (phase: 1 | 2 | 3): Electrics => phaseAt(seed, supply, place, phase, ms);
    const phases = [on(1), on(2), on(3)] as const;
    return { phases, whole: together([...phases]), flow };
  }
}

export interface Look {
  readonly phases: readonly Electrics[];
  readonly whole: Electrics | undefined;
  /** mWh or µL a minute. */
  readonly flow: number;
}

const ZERO: Decoded = { kind: 'counter', count: 0n };
