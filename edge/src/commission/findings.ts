import type { MeterProfile } from '@meterline/contracts';
import { wholeOf } from '@meterline/contracts';
import { crossCheck } from '../meters/plausible.ts';
import type { Reading } from '../meters/readings.ts';
import type { Between } from './display.ts';

export interface CommissionFinding {
  readonly state: 'ok' | 'look';
  readonly text: string;
}

/** What the values say about the wiring, the model and the direction: pure. */
export function findingsOf(
  profile: MeterProfile,
  readings: readonly Reading[],
  counters: readonly Between[],
): CommissionFinding[] {
  const checked = crossCheck(profile, readings).map(
    ({ check, phase, holds, evidence }): CommissionFinding => ({
      state: holds ? 'ok' : 'look',
      text: `${check}${phase ? ` L${phase}` : ''}: ${evidence}`,
    }),
  );
  const setup = contradictions(profile.checks ?? [], readings).map(
    (text): CommissionFinding => ({
      state: 'look',
      text: `${text}: it is not billed on until somebody acknowledges it`,
    }),
  );
  return [...checked, ...directions(readings), ...movements(counters), ...setup];
}

function directions(readings: readonly Reading[]): CommissionFinding[] {
  return readings.flatMap(({ register, decoded }): CommissionFinding[] => {
    if (decoded.kind !== 'gauge' || !/^power(_l[123]|_total)?$/.test(register.name) || decoded.value >= 0)
      return [];
    const watts = Math.round(decoded.value / 1_000);
    return [
      {
        state: 'look',
        text: `${register.name} is ${watts} W: a transformer the wrong way round, or solar power?`,
      },
    ];
  });
}

function movements(counters: readonly Between[]): CommissionFinding[] {
  return counters.flatMap(({ register, before, after }): CommissionFinding[] => {
    const { name } = register;
    if (after < before)
      return [{ state: 'look', text: `${name} fell from ${before} to ${after} while it was watched` }];
    if (after === before) return [];
    if (/export/.test(name))
      return [{ state: 'look', text: `${name} rises: is the current the wrong way round?` }];
    return [{ state: 'ok', text: `${name} counts upwards` }];
  });
}

type Expectation = MeterProfile['identity']['probes'][number];

/** Values that a meter of this model cannot have. What was not read says nothing. */
export function contradictions(expected: readonly Expectation[], readings: readonly Reading[]): string[] {
  return expected.flatMap((expectation) => {
    const decoded = readings.find(({ register }) => register.name === expectation.register)?.decoded;
    const value = decoded && wholeOf(decoded);
    if (value === undefined) return [];
    const [low, high] = 'between' in expectation ? expectation.between : [0, 0];
    const holds =
      'oneOf' in expectation
        ? expectation.oneOf.some((each) => BigInt(each) === value)
        : BigInt(low) <= value && value <= BigInt(high);
    const wanted = 'oneOf' in expectation ? expectation.oneOf.join(', ') : `${low} to ${high}`;
    return holds ? [] : [`${expectation.register} is ${value}, expected ${wanted}`];
  });
}
