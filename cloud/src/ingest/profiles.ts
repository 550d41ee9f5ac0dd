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
import { parse } from 'yaml';
import type { Profiles } from './domain/decode-check.ts';

export interface LoadedProfiles {
  readonly profiles: Profiles;
  /** Files that were left out, a line each: what is wrong and what to do. */
  readonly faults: readonly string[];
}

/**
 * Profiles that come with the hub, and those of a folder of one's own: also older versions of a model, by which
 * gateways may still cite their readings.
 */
export function loadProfiles(own?: string): LoadedProfiles {
  const profiles = new Map<string, MeterProfile>();
  const faults: string[] = [];
  for (const folder of [fileURLToPath(PROFILES_FOLDER), ...(own === undefined ? [] : [own])]) {
    for (const file of profileFiles(folder, faults)) {
      const profile = readProfile(join(folder, file), faults);
      const name = profile && `${profile.id}@${profile.version}`;
      if (!profile || name === undefined) continue;
      // What was decoded by a released version is decoded so for ever.
      if (profiles.has(name)) faults.push(`${file}: ${name} comes with the hub already; raise its version`);
      else profiles.set(name, profile);
    }
  }
  return { profiles, faults };
}

function profileFiles(folder: string, faults: string[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    faults.push(`${folder}: cannot be listed (${reason(error)}); correct ingest.profilesFolder`);
    return [];
  }
}

function readProfile(file: string, faults: string[]): MeterProfile | undefined {
  try {
    const data: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
    const checked = check(meterProfileSchema, data);
    if (checked.ok) return checked.value;
    faults.push(...checked.faults.map((fault) => `${file}: ${faultLine(fault)}`));
  } catch (error) {
    faults.push(`${file}: cannot be read (${reason(error)}); correct it there`);
  }
  return undefined;
}

const reason = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
