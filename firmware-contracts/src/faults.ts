import { z } from 'zod';
import { nearest } from './nearest.ts';

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
  const known = keysOf(schema);
  return { ok: false, faults: result.error.issues.flatMap((issue) => faultsOf(issue, [], known)) };
}

export const faultLine = ({ path, problem, remedy }: Fault): string =>
  `${path || 'the whole'}: ${problem}; ${remedy}`;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function faultsOf(issue: Issue, base: Path, known: readonly string[]): Fault[] {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, 20).map((key) => {
        const meant = nearest(key, known);
        return fault([...path, key], 'is not a known key', meant ? `did you mean ${meant}?` : 'remove it');
      });
    case 'invalid_union': {
      const closest = issue.errors.toSorted((a, b) => a.length - b.length)[0];
      if (closest) return closest.flatMap((inner) => faultsOf(inner, path, known));
      return [
        fault(
          [...path, issue.discriminator ?? ''],
          'is no known kind',
          'see the schema for the kinds there are',
        ),
      ];
    }
    case 'invalid_value':
      return [missing(issue, path) ?? fault(path, `is ${show(issue.input)}`, choice(issue))];
    case 'invalid_type':
      return [
        missing(issue, path) ?? fault(path, `is ${show(issue.input)}`, `must be ${article(issue.expected)}`),
      ];
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      return [fault(path, `is ${size(issue)}`, `${issue.inclusive === false ? 'strictly ' : ''}${bound}`)];
    }
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

function choice({ input, values }: z.core.$ZodIssueInvalidValue): string {
  const words = values.map(String);
  const meant = typeof input === 'string' ? nearest(input, words) : undefined;
  return meant ? `did you mean ${meant}? (${words.join(', ')})` : `use ${words.join(', ')}`;
}

function pathText(path: Path): string {
  const parts = path.filter((part) => part !== '');
  return parts
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function show(input: unknown): string {
  if (Array.isArray(input)) return `a list of ${input.length}`;
  if (typeof input === 'object' && input !== null) return 'an object';
  const json = typeof input === 'bigint' ? String(input) : (JSON.stringify(input) ?? String(input));
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

function size({ input }: Issue): string {
  if (Array.isArray(input)) return `a list of ${input.length}`;
  if (typeof input === 'string') return `a text of ${input.length}`;
  return show(input);
}

const article = (expected: string): string => (expected === 'int' ? 'a whole number' : `of type ${expected}`);

const keyCache = new WeakMap<z.ZodType, readonly string[]>();

/** Every key that the schema has anywhere. */
function keysOf(schema: z.ZodType): readonly string[] {
  const cached = keyCache.get(schema);
  if (cached) return cached;
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    if ('properties' in node && node.properties && typeof node.properties === 'object') {
      for (const key of Object.keys(node.properties)) keys.add(key);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(z.toJSONSchema(schema, { unrepresentable: 'any' }));
  const found = [...keys];
  keyCache.set(schema, found);
  return found;
}
