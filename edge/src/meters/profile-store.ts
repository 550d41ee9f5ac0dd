import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  check,
  faultLine,
  type MeterProfile,
  meterProfileSchema,
  PROFILES_FOLDER,
} from '@meterline/contracts';
import { isNode, LineCounter, parseDocument } from 'yaml';

/** Profiles that come with the agent. */
export const BUNDLED_PROFILES = fileURLToPath(PROFILES_FOLDER);

export interface LoadedProfile {
  readonly profile: MeterProfile;
  /** `id@version`, as it stands beside every billing reading. */
  readonly ref: string;
  /** SHA-256 over what decides how words become values: equal for equal decoding, whatever the comments. */
  readonly digest: string;
  readonly file: string;
}

export interface ProfileFault {
  readonly file: string;
  readonly line?: number;
  /** `registers[3].scale: is 0.1; must be of type string` */
  readonly text: string;
}

export interface ProfileSet {
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  readonly faults: readonly ProfileFault[];
}

/** One line for a person: file, line, path, what is wrong, what to do. */
export const profileFaultLine = ({ file, line, text }: ProfileFault): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${text}`;

/**
 * Reads the bundled folder and, where there is one, a folder of one's own. A faulty file takes only itself away; an
 * own file replaces a bundled one by a higher version.
 */
export function loadProfiles(folders: { bundled?: string; own?: string } = {}): ProfileSet {
  const faults: ProfileFault[] = [];
  const profiles = new Map<string, LoadedProfile>();
  for (const folder of [folders.bundled ?? BUNDLED_PROFILES, folders.own]) {
    if (folder === undefined) continue;
    for (const file of filesOf(folder, faults)) {
      const loaded = readProfile(file, faults);
      if (loaded) admit(loaded, profiles, faults);
    }
  }
  return { profiles, faults };
}

/** The same set with models that came with the configuration; they were checked when it was parsed. */
export function withProfiles(set: ProfileSet, added: readonly MeterProfile[], source: string): ProfileSet {
  const [profiles, faults] = [new Map(set.profiles), [...set.faults]];
  for (const profile of added) admit(loadedFrom(profile, source), profiles, faults);
  return { profiles, faults };
}

/** The model that a meter is configured with; a fault when the agent has none, or only another version. */
export function resolveProfile(
  { profiles }: ProfileSet,
  ref: string,
): { ok: true; loaded: LoadedProfile } | { ok: false; text: string } {
  const id = ref.replace(/@.*$/, '');
  const loaded = profiles.get(id);
  if (!loaded) {
    return {
      ok: false,
      text: `${ref} is not known; add ${id}.yaml to the profile folder, or correct the name`,
    };
  }
  if (loaded.ref !== ref) {
    return {
      ok: false,
      text: `${ref} is wanted, this agent has ${loaded.ref}; compare both, then set ${loaded.ref}`,
    };
  }
  return { ok: true, loaded };
}

const loadedFrom = (profile: MeterProfile, file: string): LoadedProfile => ({
  profile,
  ref: `${profile.id}@${profile.version}`,
  digest: decodingDigest(profile),
  file,
});

function filesOf(folder: string, faults: ProfileFault[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (cause) {
    faults.push({
      file: folder,
      text: `cannot be listed (${reason(cause)}); correct the path of the profile folder`,
    });
    return [];
  }
}

function readProfile(file: string, faults: ProfileFault[]): LoadedProfile | undefined {
  try {
    const parsed = parseProfile(readFileSync(file, 'utf8'), file);
    if (parsed.ok) return parsed.loaded;
    faults.push(...parsed.faults);
  } catch (cause) {
    faults.push({ file, text: `cannot be read (${reason(cause)}); check its permissions` });
  }
  return undefined;
}

/** Text of a profile into a checked one. Pure: the editor of a profile and the tests use it too. */
export function parseProfile(
  text: string,
  file: string,
): { ok: true; loaded: LoadedProfile } | { ok: false; faults: ProfileFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => ({
      file,
      line: lines.linePos(pos[0]).line,
      text: `is not YAML: ${message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}; correct it there`,
    }));
    return { ok: false, faults };
  }
  const data = plainData(document);
  if (data === undefined) {
    return { ok: false, faults: [{ file, text: 'has aliases (&, *); write the values out' }] };
  }
  const checked = check(meterProfileSchema, data.value);
  const lineOf = (path: string): { line?: number } => {
    const node = nearestNode(document, path);
    return node === undefined ? {} : { line: lines.linePos(node).line };
  };
  if (!checked.ok) {
    return {
      ok: false,
      faults: checked.faults.map((fault) => ({ file, ...lineOf(fault.path), text: faultLine(fault) })),
    };
  }
  const profile = checked.value;
  const name = file.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/, '');
  if (profile.id !== name) {
    const remedy = `rename the file to ${profile.id}.yaml, or set id: ${name}`;
    return { ok: false, faults: [{ file, ...lineOf('id'), text: `id: is ${profile.id}; ${remedy}` }] };
  }
  return { ok: true, loaded: loadedFrom(profile, file) };
}

/** A profile has no use for aliases, and a few nested ones can grow without bound. */
function plainData(document: ReturnType<typeof parseDocument>): { value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) };
  } catch (cause) {
    if (cause instanceof ReferenceError) return undefined;
    throw cause;
  }
}

/** Where in the file the faulty thing, or the nearest thing around it, begins. */
function nearestNode(document: ReturnType<typeof parseDocument>, path: string): number | undefined {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  for (let depth = steps.length; depth > 0; depth -= 1) {
    const node = document.getIn(steps.slice(0, depth).map(index), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

const index = (step: string): string | number => (/^\d+$/.test(step) ? Number(step) : step);

function admit(loaded: LoadedProfile, profiles: Map<string, LoadedProfile>, faults: ProfileFault[]): void {
  const { id, version } = loaded.profile;
  const known = profiles.get(id);
  if (known && known.profile.version > version) {
    faults.push({
      file: loaded.file,
      text: `version: is ${version}, and version ${known.profile.version} comes with the agent; raise it above that, or remove the file`,
    });
  } else if (known && known.profile.version === version && known.digest !== loaded.digest) {
    faults.push({
      file: loaded.file,
      text: `version: decodes otherwise than the ${loaded.ref} that comes with the agent; set version: ${version + 1}`,
    });
  } else {
    profiles.set(id, loaded);
  }
}

/** Words, order, scale and sentinels decide what a count is; limits, timing and texts do not. */
function decodingDigest(profile: MeterProfile): string {
  const registers = profile.registers
    .map((register) => {
      const { name, role, function: code, address, type, words, order, sentinels } = register;
      const counted =
        register.role === 'counter'
          ? [register.scale, register.unit, register.worth, register.modulus, register.billing]
          : [];
      const shown = register.role === 'gauge' ? [register.scale, register.unit] : [];
      const states =
        register.role === 'state'
          ? register.values.map((state) => [state.name, state.equals, state.mask])
          : [];
      return [name, role, code, address, type, words, order, sentinels, counted, shown, states];
    })
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([profile.id, registers]))
    .digest('hex');
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
