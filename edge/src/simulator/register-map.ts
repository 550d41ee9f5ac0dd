import { type MeterProfile, type ProfileRegister, wordsOf } from '@meterline/contracts';
import type { ReadFunction } from '../meters/span.ts';

/** Which addresses a meter answers, and with which of its registers. */
export class RegisterMap {
  readonly #limits: MeterProfile['limits'];
  readonly #byFunction = new Map<ReadFunction, readonly ProfileRegister[]>();
  readonly #readable = new Map<ReadFunction, ReadonlySet<number>>();

  constructor(profile: MeterProfile, without: ReadonlySet<string>) {
    this.#limits = profile.limits;
    const all = profile.registers.filter(({ name }) => !without.has(name));
    const absent = profile.registers.filter(({ name }) => without.has(name));
    for (const code of new Set(profile.registers.map((register) => register.function))) {
      const registers = all.filter((register) => register.function === code);
      const holes = addressesOf(absent.filter((register) => register.function === code));
      this.#byFunction.set(code, registers);
      this.#readable.set(code, readableOf(registers, holes, profile.limits));
    }
  }

  has(code: ReadFunction): boolean {
    return this.#byFunction.has(code);
  }

  /** The exception, or null where the request is one that the meter answers. */
  refusal(code: ReadFunction, address: number, count: number): 2 | 3 | null {
    const registers = this.#byFunction.get(code) ?? [];
    const readable = this.#readable.get(code);
    const alone = registers.filter((register) => register.alone && overlaps(register, address, count));
    const isLonely = alone.some((register) => register.address === address && wordsOf(register) === count);
    if (count > this.#limits.registers) return 3;
    if (this.#limits.evenOnly && !isLonely && (address % 2 === 1 || count % 2 === 1)) return 3;
    for (let at = address; at < address + count; at += 1) if (!readable?.has(at)) return 2;
    return alone.length > 0 && !isLonely ? 2 : null;
  }

  within(code: ReadFunction, address: number, count: number): readonly ProfileRegister[] {
    return (this.#byFunction.get(code) ?? []).filter((register) => overlaps(register, address, count));
  }
}

const overlaps = (register: ProfileRegister, address: number, count: number): boolean =>
  register.address < address + count && address < register.address + wordsOf(register);

function addressesOf(registers: readonly ProfileRegister[]): Set<number> {
  return new Set(registers.flatMap((r) => Array.from({ length: wordsOf(r) }, (_, k) => r.address + k)));
}

/** Registers, and the holes between them over which one request can reach: those read as zero. */
function readableOf(
  registers: readonly ProfileRegister[],
  absent: ReadonlySet<number>,
  limits: MeterProfile['limits'],
): Set<number> {
  const readable = addressesOf(registers);
  const sorted = [...readable].toSorted((a, b) => a - b);
  if (limits.evenOnly) for (const at of sorted) readable.add(at ^ 1);
  for (const [i, at] of sorted.entries()) {
    const next = sorted[i + 1] ?? at;
    if (limits.holes === false || next - at > limits.registers) continue;
    for (let hole = at + 1; hole < next; hole += 1) readable.add(hole);
  }
  const present = addressesOf(registers);
  for (const at of absent) if (!present.has(at)) readable.delete(at);
  return readable;
}
