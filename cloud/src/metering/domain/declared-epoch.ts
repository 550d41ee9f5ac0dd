import { err, ok, type Result } from '../../kernel/result.ts';
import { DEFAULT_GAP_MS, type Epoch, type EpochKind } from './epoch.ts';
import type { RegisterRules } from './profile-epoch.ts';

/** What a person says about a register. Counts as text of digits; what is not said stays as it was. */
export interface EpochGiven {
  readonly kind: EpochKind;
  /** UTC in ms. */
  readonly at: number;
  readonly opening?: bigint | undefined;
  readonly closing?: bigint | undefined;
  readonly modulus?: bigint | undefined;
  readonly num?: bigint | undefined;
  readonly den?: bigint | undefined;
  readonly unit?: string | undefined;
  /** `profile@version/register` whose counts they are from then on. */
  readonly register?: string | undefined;
  readonly maxPerHour?: bigint | undefined;
  readonly gapMs?: number | undefined;
  readonly reason: string;
  /** Where a photo or a work order is to be found. */
  readonly evidence?: string | undefined;
  /** Whoever declares it has seen what speaks against it. */
  readonly confirmed?: boolean | undefined;
}

interface Known {
  /** Active ones, ascending. */
  readonly epochs: readonly (Epoch & {
    readonly id: string;
    readonly unit: string;
    readonly automatic: boolean;
  })[];
  /** Of the register whose counts they are from then on. */
  readonly rules: RegisterRules | undefined;
  /** A beginning that was declared later in time, and that this one leads up to. */
  readonly joined?: string | undefined;
  /** That register counts otherwise than the one before. */
  readonly isOther?: boolean;
  /** What the register stood at then, by its readings. */
  readonly counted: { readonly count: bigint } | undefined;
}

export interface MadeEpoch {
  readonly epoch: Epoch;
  readonly unit: string;
  /** Those that hold no longer. */
  readonly supersedes: readonly string[];
}

interface Refused {
  readonly code: 'epoch_invalid' | 'epoch_rules_unknown';
  readonly message: string;
}

const UNITS = ['Wh', 'varh', 'VAh', 'mL', 'pulse'];
const refuse = (message: string): Result<never, Refused> => err({ code: 'epoch_invalid', message });

/** An epoch from what a person says; what is not said stays as it was before, or is as the profile says. */
export function epochFrom(given: EpochGiven, known: Known): Result<MadeEpoch, Refused> {
  const said = [given.opening, given.closing];
  const before = known.epochs.findLast(({ from }) => from <= given.at);
  const basis = known.isOther ? (known.rules ?? before) : (before ?? known.rules);
  const unit = given.unit ?? basis?.unit;
  const ratio =
    given.num !== undefined && given.unit !== undefined ? { num: given.num, den: given.den ?? 1n } : basis;
  if (ratio === undefined || unit === undefined) {
    const message = 'the register has no profile that is known: say unit and ratio (num, den)';
    return err({ code: 'epoch_rules_unknown', message });
  }
  if (!UNITS.includes(unit)) return refuse(`the unit must be ${UNITS.join(', ')}`);
  // A bare pulse is worth what is declared; whatever says its unit goes on counting that.
  const counted = before?.unit ?? (basis?.unit === 'pulse' ? unit : basis?.unit);
  if (counted !== undefined && unit !== counted)
    return refuse(
      known.isOther && given.unit === undefined
        ? `the point counts ${counted}, and the register that is read from then on ${unit}: that is another point`
        : `the register counts ${counted}, not ${unit}; leave the unit out`,
    );
  if (said.some((count) => count !== undefined && count < 0n) && given.kind !== 'confirmed')
    return refuse('a register begins at 0: opening and closing cannot be below it');
  const counts = countsOf(given, known, basis?.modulus);
  if (!counts.ok) return counts;
  const epoch: Epoch = {
    kind: given.kind,
    from: given.at,
    ...counts.value,
    modulus: given.modulus ?? basis?.modulus,
    num: given.num ?? ratio.num,
    den: given.den ?? ratio.den,
    maxPerHour: given.maxPerHour ?? basis?.maxPerHour,
    isFloat: basis?.isFloat,
    gapMs: given.gapMs ?? basis?.gapMs ?? DEFAULT_GAP_MS,
  };
  const fault = faultOf(epoch);
  return fault === undefined ? ok({ epoch, unit, supersedes: superseded(given, known) }) : refuse(fault);
}

type Counts = Pick<Epoch, 'opening' | 'closing'>;

function countsOf(
  given: EpochGiven,
  { counted, epochs }: Known,
  modulus: bigint | undefined,
): Result<Counts, Refused> {
  const { kind, opening, closing } = given;
  switch (kind) {
    case 'installed':
      if (epochs.some(({ from, automatic }) => from < given.at && !automatic))
        return refuse('a register is installed once, before everything else; say replaced or reset');
      return opening === undefined ? refuse('say the count with which it began (opening)') : ok({ opening });
    case 'rollover': {
      const end = given.modulus ?? modulus;
      if (end === undefined)
        return refuse('say the count at which the register starts again from 0 (modulus)');
      return ok({ opening: 0n, closing: end });
    }
    case 'ratio':
    case 'confirmed': {
      // The register counts on: what it stood at is one number, read or worked out.
      const count = opening ?? counted?.count;
      return count === undefined
        ? refuse('nothing was read around that time: say the count (opening)')
        : ok({ opening: count, closing: closing ?? count });
    }
    default:
      if (opening === undefined) return refuse('say the count with which it began again (opening)');
      return ok({ opening, closing });
  }
}

function faultOf({ modulus, num, den, opening, closing, gapMs, from }: Epoch): string | undefined {
  if (num <= 0n || den <= 0n) return 'the ratio must be two positive whole numbers';
  if (modulus !== undefined && modulus <= 0n) return 'the modulus must be positive';
  if (modulus !== undefined && (opening >= modulus || (closing ?? 0n) > modulus))
    return `a register that starts again at ${modulus} cannot stand beyond it`;
  if (gapMs < 60_000 || gapMs > 2_000_000_000) return 'a gap is a minute to 23 days long';
  if (from < Date.UTC(1990, 0, 1) || from >= Date.UTC(2100, 0, 1))
    return 'the time must be from 1990 to 2099';
  return undefined;
}

/** One decision holds at a time; whoever says when a meter was installed knows better than the first reading. */
function superseded({ kind, at }: EpochGiven, { epochs, joined }: Known): readonly string[] {
  return epochs
    .filter(
      (epoch) =>
        epoch.from === at ||
        epoch.id === joined ||
        (kind === 'installed' && epoch.automatic && epoch.kind === 'installed'),
    )
    .map(({ id }) => id);
}
