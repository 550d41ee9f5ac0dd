import { readFileSync } from 'node:fs';

/** Versions stand in the root package.json alone; workspaces name what they use with "*". */
interface Manifest {
  readonly name: string;
  readonly workspaces?: string[];
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
const root = read('package.json');
const known = { ...root.devDependencies, ...root.optionalDependencies };
const faults: string[] = [];

for (const [name, version] of Object.entries(known)) {
  if (!/^\d/.test(version)) faults.push(`package.json: ${name} must have an exact version, not "${version}"`);
}
for (const folder of root.workspaces ?? []) {
  const manifest = read(`${folder}/package.json`);
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (version !== '*')
      faults.push(`${folder}/package.json: ${name} must be "*"; its version stands in package.json`);
    else if (!name.startsWith('@meterline/') && !known[name])
      faults.push(`${folder}/package.json: ${name} has no version in package.json`);
  }
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
