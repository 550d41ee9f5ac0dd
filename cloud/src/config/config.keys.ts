import type { z } from 'zod';
import { BACKEND_DEFAULTS, configSchema } from './config.schema.ts';

export type KeyKind = 'text' | 'number' | 'boolean' | 'choice' | 'network-list';

/** One key of the configuration as the schema describes it: the source of documentation, environment and hints. */
export interface ConfigKey {
  readonly path: readonly string[];
  readonly name: string;
  readonly env: string;
  readonly kind: KeyKind;
  readonly choices: readonly string[];
  readonly required: boolean;
  readonly secret: boolean;
  readonly defaultValue: unknown;
  readonly description: string;
  /** The backends of a group that know this key; empty where the group has only one shape. */
  readonly backends: readonly string[];
}

export const envNameOf = (path: readonly string[]): string =>
  `METERLINE_${path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('__')}`;

interface Leaf {
  kind: KeyKind;
  choices: string[];
  required: boolean;
  defaultValue: unknown;
}

/** Takes the wrappers (default, optional, transform) off a schema until the kind of its value shows. */
function describeLeaf(schema: z.core.$ZodType): Leaf {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'default':
    case 'prefault':
      return { ...describeLeaf(def.innerType), required: false, defaultValue: def.defaultValue };
    case 'optional':
      return { ...describeLeaf(def.innerType), required: false };
    case 'pipe':
      return describeLeaf(def.in);
    case 'number':
      return leaf('number');
    case 'boolean':
      return leaf('boolean');
    case 'enum':
      return leaf('choice', Object.values(def.entries).map(String));
    case 'literal':
      return leaf('choice', def.values.map(String));
    case 'union':
      return leaf('network-list');
    default:
      return leaf('text');
  }
}

const leaf = (kind: KeyKind, choices: string[] = []): Leaf => ({
  kind,
  choices,
  required: true,
  defaultValue: undefined,
});

type Shape = Readonly<Record<string, z.core.$ZodType>>;

function shapesOf(schema: z.core.$ZodType): Shape[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'object') return [def.shape];
  if (def.type === 'prefault' || def.type === 'default') return shapesOf(def.innerType);
  if (def.type === 'union' && 'discriminator' in def) return def.options.flatMap(shapesOf);
  return [];
}

function backendOf(shape: Shape): string | undefined {
  return shape.backend ? describeLeaf(shape.backend).choices[0] : undefined;
}

function walk(schema: z.core.$ZodType, path: readonly string[]): ConfigKey[] {
  const keys: ConfigKey[] = [];
  const shapes = shapesOf(schema);
  for (const shape of shapes) {
    const backend = backendOf(shape);
    for (const [part, child] of Object.entries(shape)) {
      const childPath = [...path, part];
      if (shapesOf(child).length > 0) keys.push(...walk(child, childPath));
      else keys.push(keyOf(child, childPath, backend));
    }
  }
  return shapes.length > 1 ? mergeBackends(keys, shapes.length) : keys;
}

function keyOf(schema: z.core.$ZodType, path: readonly string[], backend: string | undefined): ConfigKey {
  const described = describeLeaf(schema);
  const { description = '', secret } = (schema as z.ZodType).meta() ?? {};
  const isBackend = path.at(-1) === 'backend';
  const group = path[0] as keyof typeof BACKEND_DEFAULTS;
  return {
    ...described,
    path,
    name: path.join('.'),
    env: envNameOf(path),
    description,
    secret: secret === true,
    required: isBackend ? false : described.required,
    defaultValue: isBackend ? BACKEND_DEFAULTS[group] : described.defaultValue,
    backends: backend === undefined ? [] : [backend],
  };
}

/** A key that every backend knows is a plain key of the group; `backend` itself gets all its choices. */
function mergeBackends(keys: readonly ConfigKey[], shapeCount: number): ConfigKey[] {
  const merged = new Map<string, ConfigKey>();
  for (const key of keys) {
    const known = merged.get(key.name);
    const choices = [...new Set([...(known?.choices ?? []), ...key.choices])];
    const backends = [...(known?.backends ?? []), ...key.backends];
    merged.set(key.name, { ...key, description: known?.description ?? key.description, choices, backends });
  }
  return [...merged.values()].map((key) =>
    key.backends.length === shapeCount ? { ...key, backends: [] } : key,
  );
}

export const configKeys: readonly ConfigKey[] = walk(configSchema, []);

/** Every group by its dotted name, as `http` and `http.rateLimit`. */
export const configGroups: ReadonlySet<string> = new Set(
  configKeys.flatMap((key) => key.path.slice(1).map((_, index) => key.path.slice(0, index + 1).join('.'))),
);

/** The known name that a mistyped one most likely meant, if any is near. */
export function nearestName(wanted: string, known: readonly string[]): string | undefined {
  const scored = known
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(wanted.length > 3 ? 2 : 1, Math.floor(wanted.length / 3))
    ? best.name
    : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
