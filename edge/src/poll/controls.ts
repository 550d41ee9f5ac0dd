import { type Meter, type MeterProfile, wordsOf } from '@meterline/contracts';
import type { Instant } from '../clock.ts';

/** What the register of a relay or valve held: one word, whose meaning is switching's affair. */
export interface ControlWord {
  readonly word: number;
  readonly at: Instant;
}

/**
 * The relays and valves of a meter that may be switched. Their registers are read along with its gauges, so that
 * somebody who switches by hand is noticed at once. A control whose register the profile does not list is not here.
 */
export class Controls {
  private readonly names: ReadonlyMap<string, string>;
  private readonly words = new Map<string, ControlWord>();

  constructor({ controls = [] }: Meter, { switching = [], registers }: MeterProfile) {
    const enabled = new Set(controls.flatMap(({ name, enabled, never }) => (enabled && !never ? name : [])));
    const names = new Map<string, string>();
    for (const { name, readBack } of switching) {
      const shown = registers.find(
        (register) =>
          register.role === 'state' &&
          wordsOf(register) === 1 &&
          register.function === readBack.function &&
          register.address === readBack.address,
      );
      if (shown && enabled.has(name)) names.set(shown.name, name);
    }
    this.names = names;
  }

  isOf(register: string): boolean {
    return this.names.has(register);
  }

  /** `raw`: four hex digits. */
  shows(register: string, raw: string, at: Instant): void {
    const control = this.names.get(register);
    if (control !== undefined) this.words.set(control, { word: Number.parseInt(raw, 16), at });
  }

  /** As read last; undefined: not read yet, or not to be switched. */
  of(control: string): ControlWord | undefined {
    return this.words.get(control);
  }
}
