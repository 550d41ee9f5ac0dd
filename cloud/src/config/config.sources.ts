import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import { type ConfigKey, configGroups, configKeys, envNameOf, nearestName } from './config.keys.ts';

export interface ConfigProblem {
  readonly key: string;
  /** `hub.yaml:3`, `METERLINE_HTTP__PORT`, `--role`, or nothing where the value is missing. */
  readonly source: string | undefined;
  readonly message: string;
}

/** Values gathered from one source, and where each of them stands. */
export interface Gathered {
  readonly tree: Tree;
  readonly origin: Map<string, string>;
  readonly problems: ConfigProblem[];
}

export interface Tree {
  [part: string]: unknown;
}

const gathered = (): Gathered => ({ tree: {}, origin: new Map(), problems: [] });

/** A tree without prototype: a key called `__proto__` is data, and then an unknown key. */
export function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    Object.defineProperty(tree, head, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const own = Object.hasOwn(tree, head) ? tree[head] : undefined;
  const child: Tree = typeof own === 'object' && own !== null && !Array.isArray(own) ? (own as Tree) : {};
  setAt(tree, [head], child);
  setAt(child, rest, value);
}

export function gatherYaml(text: string, fileName: string): Gathered {
  const result = gathered();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    version: '1.2',
    merge: false,
  });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(error.pos[0]);
    const reason = error.code === 'DUPLICATE_KEY' ? 'the same key stands twice' : firstLine(error.message);
    result.problems.push({
      key: 'file',
      source: `${fileName}:${line}`,
      message: `is not valid YAML: ${reason}`,
    });
  }
  if (result.problems.length > 0 || document.contents === null) return result;
  if (!isMap(document.contents)) {
    result.problems.push({
      key: 'file',
      source: `${fileName}:1`,
      message: 'must be a map of keys, as `http: {port: 8080}`',
    });
    return result;
  }
  try {
    visitMap(document, document.contents, [], (path, value, offset) => {
      const key = path.join('.');
      const source = `${fileName}:${lines.linePos(offset).line}`;
      const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (configGroups.has(key) && !isGroup) {
        // A group's name with nothing behind it says nothing; with a value behind it, it would be lost in the merge.
        if (value !== null) result.problems.push({ key, source, message: 'must be a group of keys' });
        return;
      }
      result.origin.set(key, source);
      setAt(result.tree, path, value);
    });
  } catch (error) {
    // Resolving aliases is bounded, and says so by throwing.
    const reason = error instanceof Error ? firstLine(error.message) : String(error);
    result.problems.push({ key: 'file', source: fileName, message: `is not valid YAML: ${reason}` });
  }
  return result;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');

function visitMap(
  document: Document,
  map: unknown,
  path: readonly string[],
  found: (path: string[], value: unknown, offset: number) => void,
): void {
  if (!isMap(map)) return;
  for (const pair of map.items) {
    if (!isPair(pair)) continue;
    const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    const childPath = [...path, name];
    if (isMap(pair.value) && pair.value.items.length > 0) {
      // The group's own line, for problems that belong to the group as a whole.
      found(childPath, {}, offset);
      visitMap(document, pair.value, childPath, found);
    } else {
      const value =
        (pair.value as { toJS?: (document: Document) => unknown } | null)?.toJS?.(document) ?? undefined;
      if (value !== undefined) found(childPath, value, offset);
    }
  }
}

/** Names that begin like ours and are no settings of a running hub: of the launchers and of single commands. */
const RESERVED = new Set([
  'METERLINE_CONFIG',
  'METERLINE_ROOT',
  'METERLINE_NODE',
  'METERLINE_ADMIN_URL',
  'METERLINE_ADMIN_URL_FILE',
]);
/** Kubernetes puts such variables into every pod beside a service whose name begins with "meterline". */
const SERVICE_LINK =
  /^METERLINE_(?:[A-Z0-9_]*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP)(?:_[A-Z]+)?)?)$/;

export type Environment = Readonly<Record<string, string | undefined>>;

export function gatherEnv(env: Environment, readFile: (path: string) => string): Gathered {
  const result = gathered();
  const byEnv = new Map(configKeys.map((key) => [key.env, key]));
  for (const [name, raw] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.startsWith('METERLINE_') || RESERVED.has(name) || raw === undefined || raw === '') continue;
    const direct = byEnv.get(name);
    const viaFile = name.endsWith('_FILE') ? byEnv.get(name.slice(0, -'_FILE'.length)) : undefined;
    const key = direct ?? viaFile;
    if (key === undefined) {
      if (name.includes('__') || !SERVICE_LINK.test(name)) result.problems.push(unknownVariable(name));
      continue;
    }
    if (viaFile && env[viaFile.env]) {
      result.problems.push({
        key: key.name,
        source: name,
        message: `is set twice, by ${key.env} and by ${name}; remove one of them`,
      });
      continue;
    }
    const text = viaFile ? readSecretFile(raw, readFile) : { text: raw };
    if ('failure' in text) result.problems.push({ key: key.name, source: name, message: text.failure });
    else accept(result, key, name, text.text);
  }
  return result;
}

function readSecretFile(
  path: string,
  readFile: (path: string) => string,
): { text: string } | { failure: string } {
  try {
    // Editors and `kubectl create secret` leave a newline at the end that is not part of the value.
    const text = readFile(path).replace(/\r?\n$/, '');
    return text === '' ? { failure: `names the file ${path}, which is empty` } : { text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { failure: `names the file ${path}, which cannot be read (${code})` };
  }
}

function accept(result: Gathered, key: ConfigKey, source: string, text: string): void {
  const value = coerce(key, text);
  if (value === undefined) {
    const wanted = key.kind === 'number' ? 'a whole number' : 'true or false';
    result.problems.push({ key: key.name, source, message: `must be ${wanted}` });
    // The name stays known, so that the value is not reported as missing as well.
  } else {
    setAt(result.tree, key.path, value);
  }
  result.origin.set(key.name, source);
}

/** Variables are text; the schema says what a text stands for. Undefined: it cannot stand for that. */
function coerce(key: ConfigKey, text: string): unknown {
  const trimmed = text.trim();
  if (key.kind === 'number') return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
  if (key.kind === 'boolean') return booleanOf(trimmed);
  if (key.kind === 'choice') return trimmed;
  if (key.kind !== 'network-list') return text;
  return booleanOf(trimmed) ?? trimmed.split(',').map((part) => part.trim());
}

function booleanOf(text: string): boolean | undefined {
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

function unknownVariable(name: string): ConfigProblem {
  const near = nearestName(
    name,
    configKeys.flatMap((key) => [key.env, ...(key.secret ? [`${key.env}_FILE`] : [])]),
  );
  const parts = name.slice('METERLINE_'.length).split('__');
  const group = configKeys.find(
    (key) => key.path.length > parts.length && envNameOf(key.path.slice(0, parts.length)) === name,
  );
  const hint = group
    ? `it is a group; set its keys, as ${group.env}`
    : near
      ? `did you mean ${near}?`
      : 'remove it';
  return { key: name, source: name, message: `is not a known setting; ${hint}` };
}
