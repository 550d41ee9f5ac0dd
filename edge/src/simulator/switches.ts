import type { MeterProfile, ProfileRegister } from '@meterline/contracts';

type Switching = NonNullable<MeterProfile['switching']>[number];

export interface Move {
  readonly control: string;
  readonly kind: 'relay' | 'valve';
  readonly state: string;
  readonly isOn: boolean;
  /** When the contact or the valve has moved. */
  readonly at: number;
}

/** A model's breakers and valves, and where they stand. */
export class Switches {
  readonly #switching: readonly Switching[];
  readonly #moves = new Map<string, Move[]>();

  constructor(profile: MeterProfile) {
    this.#switching = profile.switching ?? [];
  }

  /** Undefined: the write means no switch. Null: it does, but the value is none. */
  asked(code: number, address: number, word: number, ms: number): Move | null | undefined {
    const found = this.#switching.find(({ write }) => write.function === code && write.address === address);
    if (!found) return undefined;
    const state = Object.entries(found.write.values).find(([, value]) => value === word)?.[0];
    return state === undefined ? null : this.#move(found, state, ms);
  }

  move(move: Move): void {
    const moves = this.#moves.get(move.control) ?? [];
    moves.push(move);
    this.#moves.set(
      move.control,
      moves.toSorted((a, b) => a.at - b.at),
    );
  }

  stateAt(control: string, ms: number): string | undefined {
    const found = this.#switching.find(({ name }) => name === control);
    if (!found) return undefined;
    const last = this.#moves.get(control)?.findLast(({ at }) => at <= ms);
    return last?.state ?? (found.kind === 'relay' ? 'on' : 'open');
  }

  /** The word that this register shows, where it shows a switch. */
  readBack(register: ProfileRegister, ms: number): number | undefined {
    const found = this.#switching.find(
      ({ readBack }) => readBack.function === register.function && readBack.address === register.address,
    );
    const state = found && this.stateAt(found.name, ms);
    return found && state !== undefined
      ? Object.entries(found.readBack.values).find(([name]) => name === state)?.[1]
      : undefined;
  }

  get controls(): readonly string[] {
    return this.#switching.map(({ name }) => name);
  }

  /** It settles by the time that the profile says: half way there it has moved. */
  #move({ name, kind, settleMs = 0 }: Switching, state: string, ms: number): Move {
    const isOn = state === 'on' || state === 'open';
    return { control: name, kind, state, isOn, at: ms + Math.floor(settleMs / 2) };
  }
}
