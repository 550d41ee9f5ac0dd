import { decode, type MeterProfile, type ProfileRegister, wordsOf } from '@meterline/contracts';
import type { Rows } from './rows.ts';

/** Profiles by `id@version`. */
export type Profiles = ReadonlyMap<string, MeterProfile>;

export type DecodeFault =
  /** The hub does not have the profile: nobody can say yet what the words are worth. */
  | { readonly kind: 'unknown-profile'; readonly detail: string }
  /** The words say something else than the count. */
  | { readonly kind: 'decode'; readonly decoded: string | null; readonly detail: string };

/** Checks counts against the words they came from: `count` must be what the cited register makes of `raw`. */
export class DecodeCheck {
  readonly #profiles: Profiles;
  /** By `profile@version/register`. */
  readonly #registers = new Map<string, ProfileRegister | string>();

  constructor(profiles: Profiles) {
    this.#profiles = profiles;
  }

  /** Faults by row; almost always none. */
  faultsOf({ register, raw, value }: Rows): ReadonlyMap<number, DecodeFault> {
    const faults = new Map<number, DecodeFault>();
    if (!register || !raw) return faults;
    for (let row = 0; row < raw.length; row += 1) {
      const fault = this.faultOf(register[row] ?? '', raw[row] ?? '', value[row] ?? null);
      if (fault) faults.set(row, fault);
    }
    return faults;
  }

  faultOf(reference: string, raw: string, value: string | number | null): DecodeFault | undefined {
    const register = this.#register(reference);
    if (typeof register === 'string') return { kind: 'unknown-profile', detail: register };
    const words = wordsOf(register);
    if (raw.length !== 4 * words)
      return differs(null, `${reference} has ${words} words, ${raw.length / 4} came`);
    const decoded = decode(register, wordsFrom(raw));
    if (decoded.kind === 'counter') {
      const count = String(decoded.count);
      return count === String(value) ? undefined : differs(count, `${raw} is ${count} by ${reference}`);
    }
    if (decoded.kind === 'no-value')
      return value === null
        ? undefined
        : differs(null, `${raw} is no value by ${reference} (${decoded.reason})`);
    return differs(null, `${reference} is a ${register.role}, not a counter`);
  }

  #register(reference: string): ProfileRegister | string {
    const known = this.#registers.get(reference);
    if (known !== undefined) return known;
    const found = this.#find(reference);
    // Names of strangers must not grow a map without end.
    if (typeof found !== 'string') this.#registers.set(reference, found);
    return found;
  }

  #find(reference: string): ProfileRegister | string {
    const [profile = '', name = ''] = reference.split('/');
    const model = this.#profiles.get(profile);
    if (!model) return `the hub has no profile ${profile}`;
    return model.registers.find((register) => register.name === name) ?? `${profile} has no register ${name}`;
  }
}

const differs = (decoded: string | null, detail: string): DecodeFault => ({
  kind: 'decode',
  decoded,
  detail,
});

function wordsFrom(raw: string): number[] {
  const words: number[] = [];
  for (let i = 0; i < raw.length; i += 4) words.push(Number.parseInt(raw.slice(i, i + 4), 16));
  return words;
}
