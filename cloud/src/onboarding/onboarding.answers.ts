import type { z } from 'zod';
import { type listResultSchema, MOST_SHOWN, type runListSchema } from './onboarding.schemas.ts';
import type { ListResult, OnboardingRun } from './onboarding.types.ts';

const text = (instant: OnboardingRun['createdAt']): string =>
  instant.toString({ smallestUnit: 'millisecond' });

export function resultAnswer(result: ListResult): z.input<typeof listResultSchema> {
  const { facts, mapping, changes, faults, earlier, notes, problems, ...rest } = result;
  return {
    ...rest,
    encoding: facts.encoding,
    delimiter: facts.delimiter,
    sheet: facts.sheet,
    sheets: facts.sheets?.map((each) => ({ ...each })),
    mapping: mapping as z.input<typeof listResultSchema>['mapping'],
    notes: [...notes],
    problems: [...problems],
    changes: changes
      .filter(({ what }) => what !== 'same')
      .slice(0, MOST_SHOWN)
      .map((change) => ({ ...change, fields: change.fields.map((field) => ({ ...field })) })),
    faultCount: faults.length,
    faults: faults.slice(0, MOST_SHOWN).map((fault) => ({ ...fault })),
    ...(earlier && { earlier: text(earlier) }),
  };
}

export function runAnswer({
  createdAt,
  size,
  ...run
}: OnboardingRun): z.input<typeof runListSchema>['items'][number] {
  return { ...run, size: Number(size), createdAt: text(createdAt) };
}
