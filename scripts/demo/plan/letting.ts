import { type Day, instantOf } from './days.ts';
import { Dice, steadyId } from './dice.ts';
import type { LeasePlan, LeaseWay, MovePlan, PersonPlan, PersonRole, ServicesPlan } from './estate.types.ts';
import type { Name, Names } from './names.ts';

export interface LettingRules {
  readonly seed: string;
  readonly language: 'th' | 'id';
  /** Of the numbers of leases: 2569 in Thailand. */
  readonly yearsAhead: number;
  readonly names: Names;
  readonly phone: (nth: number) => string;
  readonly rentOf: (room: string, dice: Dice) => number;
  readonly deposits: number;
  readonly services: (dice: Dice) => ServicesPlan;
  /** How often a room has a second one. */
  readonly together: number;
}

export interface LetGiven {
  readonly room: string;
  readonly first: Day;
  readonly last: Day | null;
  readonly way?: LeaseWay;
  /** Instead of somebody who is drawn. */
  readonly tenant?: Name & { readonly email?: string; readonly phone?: string };
  readonly others?: readonly (Name & { readonly role: PersonRole; readonly taxId?: string })[];
  readonly moves?: readonly Omit<MovePlan, 'id'>[];
  readonly note?: string;
}

/** Writes leases of one building: numbers, people, prices. */
export class Letting {
  readonly leases: LeasePlan[] = [];
  readonly #rules: LettingRules;
  readonly #numbers = new Set<string>();
  #phones = 0;

  constructor(rules: LettingRules) {
    this.#rules = rules;
  }

  let(given: LetGiven): void {
    const { room, first, last, way = 'listed', moves = [], note = null } = given;
    const { seed, rentOf, deposits, services } = this.#rules;
    const number = this.#numberOf(room, first);
    const dice = new Dice(seed, `lease ${number}`);
    const rent = rentOf(room, dice);
    const people = this.#people(dice, given);
    const at = Date.parse(instantOf(first, '00:00'));
    this.leases.push({
      ...{ id: steadyId(seed, `lease ${number}`, at), number, way, room, first, last, people, note },
      ...{ rent, deposit: rent * deposits, services: services(dice) },
      moves: moves.map((move) => {
        const ms = Date.parse(instantOf(move.day, move.clock));
        return { ...move, id: steadyId(seed, `${number} ${move.kind}`, ms) };
      }),
    });
  }

  #numberOf(room: string, first: Day): string {
    const base = `${room}/${Number(first.slice(0, 4)) + this.#rules.yearsAhead}`;
    let number = base;
    for (let again = 2; this.#numbers.has(number); again += 1) number = `${base}-${again}`;
    this.#numbers.add(number);
    return number;
  }

  #people(dice: Dice, { tenant, others }: LetGiven): LeasePlan['people'] {
    const first = this.#person(dice, 'tenant', tenant ?? this.#drawn(dice));
    if (others) return [first, ...others.map((one) => this.#person(dice, one.role, one))];
    if (tenant || !dice.happens(this.#rules.together)) return [first];
    return [first, this.#person(dice, 'co-tenant', this.#drawn(dice))];
  }

  #drawn(dice: Dice): Name {
    const { names, language } = this.#rules;
    return language === 'th' ? names.thai(dice) : names.indonesian(dice);
  }

  #person(
    dice: Dice,
    role: PersonRole,
    given: Name & { readonly email?: string; readonly phone?: string; readonly taxId?: string },
  ): PersonPlan {
    this.#phones += 1;
    const { name, otherName, email, phone, taxId } = given;
    const isSomebody = taxId === undefined;
    const reached = email === undefined || phone !== undefined;
    return {
      ...{ name, otherName, role, taxId: taxId ?? null, language: this.#rules.language },
      phone: reached ? (phone ?? this.#rules.phone(this.#phones)) : null,
      email: email ?? null,
      idDocument: isSomebody ? String(dice.whole(1000, 9999)) : null,
    };
  }
}
