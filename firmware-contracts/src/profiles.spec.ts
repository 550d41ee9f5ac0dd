import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { check } from './faults.ts';
import { meterProfile } from './profile-rules.ts';
import { PROFILES_FOLDER } from './profiles-folder.ts';

const files = readdirSync(PROFILES_FOLDER).filter((file) => file.endsWith('.yaml'));

describe('profiles/', () => {
  it.each(files)('%s is a profile, named like its file', (file) => {
    const checked = check(meterProfile, parse(readFileSync(new URL(file, PROFILES_FOLDER), 'utf8')));
    expect(checked.ok ? [] : checked.faults).toEqual([]);
    expect(checked.ok && `${checked.value.id}.yaml`).toBe(file);
  });

  it('is not empty', () => expect(files.length).toBeGreaterThan(0));
});
