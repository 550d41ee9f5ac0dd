import type { z } from 'zod';

/** What is wrong, where, and what to do about it. */
export interface Fault {
  /** `registers[3].scale`; empty for the whole. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
}

export type Checked<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

export function check<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, faults: result.error.issues.flatMap((issue) => faultsOf(issue, [])) };
}

export const faultLine = ({ path, problem, remedy }: Fault): string =>
  `${path || 'the whole'}: ${problem}; ${remedy}`;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function faultsOf(issue: Issue, base: Path): Fault[] {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        fault([...path, key], 'is not a known key', 'remove it, or correct its spelling'),
      );
    case 'invalid_union': {
      const branches = issue.errors.filter((branch) => branch.length > 0);
      const nearest = branches.toSorted((a, b) => a.length - b.length)[0];
      if (!nearest) return [fault(path, 'is none of the known kinds', kindsRemedy(issue))];
      return nearest.flatMap((inner) => faultsOf(inner, path));
    }
    case 'invalid_value':
      return [
        missing(issue, path) ??
          fault(path, `is ${show(issue.input)}`, `use ${issue.values.map(String).join(', ')}`),
      ];
    case 'invalid_type':
      return [
        missing(issue, path) ?? fault(path, `is ${show(issue.input)}`, `must be ${article(issue.expected)}`),
      ];
    case 'too_small':
      return [fault(path, `is ${size(issue)}`, `at least ${issue.minimum}`)];
    case 'too_big':
      return [fault(path, `is ${size(issue)}`, `at most ${issue.maximum}`)];
    case 'custom': {
      const remedy: unknown = issue.params?.remedy;
      return [fault(path, issue.message, typeof remedy === 'string' ? remedy : 'see the contract')];
    }
    default:
      return [fault(path, `is ${show(issue.input)}`, issue.message)];
  }
}

const fault = (path: Path, problem: string, remedy: string): Fault => ({
  path: pathText(path),
  problem,
  remedy,
});

const missing = (issue: Issue, path: Path): Fault | undefined =>
  issue.input === undefined ? fault(path, 'is missing', 'add it') : undefined;

const pathText = (path: Path): string =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');

const kindsRemedy = (issue: Extract<Issue, { code: 'invalid_union' }>): string =>
  'discriminator' in issue && issue.discriminator
    ? `set ${issue.discriminator} to a known value`
    : 'see the contract';

function show(input: unknown): string {
  const json = typeof input === 'bigint' ? String(input) : (JSON.stringify(input) ?? String(input));
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

function size({ input }: Issue): string {
  if (Array.isArray(input)) return `a list of ${input.length}`;
  if (typeof input === 'string') return `a text of ${input.length}`;
  return show(input);
}

const article = (expected: string): string => (expected === 'int' ? 'a whole number' : `of type ${expected}`);
