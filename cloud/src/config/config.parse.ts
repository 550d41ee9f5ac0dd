import type { z } from 'zod';
import { configKeys, nearestName } from './config.keys.ts';
import { BACKEND_DEFAULTS, type Config, configSchema } from './config.schema.ts';
import {
  type ConfigProblem,
  type Environment,
  type Gathered,
  gatherEnv,
  gatherYaml,
  setAt,
  type Tree,
} from './config.sources.ts';

export interface ConfigInput {
  readonly env: Environment;
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  /** Values given on the command line, as `{ role: 'api' }`; they win over everything. */
  readonly options?: Readonly<Record<string, string | undefined>> | undefined;
  /** Reads what `…_FILE` variables name; injected so that parsing itself touches nothing. */
  readonly readFile?: ((path: string) => string) | undefined;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const refuseFiles = (path: string): string => {
  throw new Error(`no reader for ${path}`);
};

/** The environment wins over the file, options win over both; every problem of every source is reported at once. */
export function parseConfig(input: ConfigInput): ConfigResult {
  const file = input.file ? gatherYaml(input.file.text, input.file.name) : undefined;
  const env = gatherEnv(input.env, input.readFile ?? refuseFiles);
  const merged: Tree = {};
  const origin = new Map<string, string>();
  for (const source of [file, env, gatherOptions(input.options ?? {})])
    if (source) mergeInto(merged, origin, source);
  chooseBackends(merged);

  const early = [...(file?.problems ?? []), ...env.problems];
  const parsed = configSchema.safeParse(merged);
  if (parsed.success && early.length === 0) return { ok: true, config: parsed.data };
  // What an unreadable file would have said is unknown: its keys must not be reported as missing.
  const fileIsBroken = file?.problems.some((problem) => problem.key === 'file') === true;
  const reported = new Set(early.map((problem) => problem.key));
  const late = (parsed.error?.issues ?? [])
    .filter((issue) => !(fileIsBroken && isMissing(issue, merged)))
    .flatMap((issue) => explain(issue, merged, origin))
    .filter((problem) => !reported.has(problem.key));
  return { ok: false, problems: [...early, ...late] };
}

function gatherOptions(options: Readonly<Record<string, string | undefined>>): Gathered {
  const result: Gathered = { tree: {}, origin: new Map(), problems: [] };
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    setAt(result.tree, key.split('.'), value);
    result.origin.set(key, `--${key}`);
  }
  return result;
}

function mergeInto(target: Tree, origin: Map<string, string>, source: Gathered): void {
  for (const [path, value] of leavesOf(source.tree, [])) setAt(target, path, value);
  for (const [name, where] of source.origin) origin.set(name, where);
}

function leavesOf(tree: Tree, path: readonly string[]): [string[], unknown][] {
  return Object.entries(tree).flatMap(([part, value]): [string[], unknown][] => {
    const here = [...path, part];
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isTree && Object.keys(value).length > 0 ? leavesOf(value as Tree, here) : [[here, value]];
  });
}

/** A group with a backend keeps its default backend when only its other keys are set. */
function chooseBackends(tree: Tree): void {
  for (const [group, backend] of Object.entries(BACKEND_DEFAULTS)) {
    const value = tree[group];
    if (value === undefined) setAt(tree, [group], { backend });
    else if (isTree(value) && !Object.hasOwn(value, 'backend')) setAt(value, ['backend'], backend);
  }
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const part of path) {
    if (!isTree(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[String(part)];
  }
  return value;
}

const isMissing = (issue: z.core.$ZodIssue, tree: Tree): boolean =>
  issue.code !== 'unrecognized_keys' && valueAt(tree, issue.path) === undefined;

function explain(issue: z.core.$ZodIssue, tree: Tree, origin: ReadonlyMap<string, string>): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...issue.path.map(String), key], tree, origin));
  }
  const key = keyNameAt(issue.path);
  const source = origin.get(key) ?? nearestOrigin(issue.path, origin);
  const known = configKeys.find((candidate) => candidate.name === key);
  const value = valueAt(
    tree,
    issue.path.filter((part) => typeof part !== 'number'),
  );
  if (value !== undefined) return [{ key, source, message: refusal(issue) }];
  if (known) return [missing(known.name, issue)];
  const required = configKeys.filter(
    (candidate) => candidate.required && candidate.name.startsWith(`${key}.`),
  );
  return required.map((candidate) => missing(candidate.name, issue));
}

/** Problems inside a list belong to the key that holds the list. */
function keyNameAt(path: readonly PropertyKey[]): string {
  const names = path.filter((part) => typeof part !== 'number').map(String);
  return names.join('.');
}

function nearestOrigin(
  path: readonly PropertyKey[],
  origin: ReadonlyMap<string, string>,
): string | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const found = origin.get(keyNameAt(path.slice(0, length)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function missing(name: string, issue: z.core.$ZodIssue): ConfigProblem {
  const key = configKeys.find((candidate) => candidate.name === name);
  const why = issue.code === 'custom' ? issue.message : 'is required';
  const file = key?.secret ? ` (or ${key.env}_FILE)` : '';
  return { key: name, source: undefined, message: `${why}; set it in the file or as ${key?.env}${file}` };
}

/** Never shows the value: it may be a secret that was put under the wrong key. */
function refusal(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      if (issue.origin !== 'string') return `must be ${issue.minimum} or more`;
      return Number(issue.minimum) > 1
        ? `must have ${issue.minimum} or more characters`
        : 'must not be empty';
    case 'too_big':
      return issue.origin === 'string'
        ? `must have ${issue.maximum} or fewer characters`
        : `must be ${issue.maximum} or less`;
    case 'invalid_union':
      return issue.discriminator ? `must be ${backendsAt(issue.path).join(' or ')}` : issue.message;
    default:
      return issue.message;
  }
}

function article(expected: string): string {
  if (expected === 'int' || expected === 'number') return 'a whole number';
  if (expected === 'boolean') return 'true or false';
  if (expected === 'object') return 'a group of keys';
  return 'a text';
}

const backendsAt = (path: readonly PropertyKey[]): readonly string[] =>
  configKeys.find((key) => key.name === keyNameAt(path))?.choices ?? [];

function unknownKey(path: readonly string[], tree: Tree, origin: ReadonlyMap<string, string>): ConfigProblem {
  const name = path.join('.');
  const source = origin.get(name) ?? firstOriginBelow(name, origin);
  const elsewhere = configKeys.find((key) => key.name === name || key.name.startsWith(`${name}.`));
  if (elsewhere && elsewhere.backends.length > 0) {
    const group = elsewhere.path[0] ?? '';
    const chosen = String(valueAt(tree, [group, 'backend']));
    return {
      key: name,
      source,
      message: `belongs to ${group}.backend ${elsewhere.backends.join(' or ')}, but ${group}.backend is ${chosen}; remove one of them`,
    };
  }
  const near = nearestKey(path);
  return {
    key: name,
    source,
    message: `is not a known key; ${near ? `did you mean ${near}?` : 'remove it'}`,
  };
}

/** A sibling with a similar name first, then any key or group that looks like the whole. */
function nearestKey(path: readonly string[]): string | undefined {
  const parent = path.slice(0, -1).join('.');
  const names = [
    ...new Set(
      configKeys.flatMap((key) => key.path.map((_, index) => key.path.slice(0, index + 1).join('.'))),
    ),
  ];
  const siblings = names.filter((name) => name.split('.').slice(0, -1).join('.') === parent);
  const last = path.at(-1) ?? '';
  const sibling = nearestName(
    last,
    siblings.map((name) => name.split('.').at(-1) ?? ''),
  );
  if (sibling) return parent === '' ? sibling : `${parent}.${sibling}`;
  const sameLast = names.find((name) => name.endsWith(`.${last}`));
  return sameLast ?? nearestName(path.join('.'), names);
}

function firstOriginBelow(name: string, origin: ReadonlyMap<string, string>): string | undefined {
  return [...origin].find(([known]) => known.startsWith(`${name}.`))?.[1];
}

export function formatProblem(problem: ConfigProblem): string {
  const where = problem.source === undefined || problem.source === problem.key ? '' : ` (${problem.source})`;
  return `config: ${problem.key}${where} ${problem.message}`;
}
