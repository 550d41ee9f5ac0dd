import { relative } from 'node:path';
import type { BuildingFacts } from './building.ts';

/** What a person needs to use the demo; the same facts stand in demo.json for programs. */
export interface Facts {
  readonly url: string;
  readonly ports: Record<string, number>;
  readonly processes: Record<string, number>;
  readonly signIns: readonly { readonly who: string; readonly with: string }[];
  readonly config: string;
  /** Folders; the database's may lie elsewhere, if its user cannot enter this one. */
  readonly data: Record<string, string>;
  /** The virtual building and its gateway, once they run. */
  readonly building?: Omit<BuildingFacts, 'processes'>;
}

export function greet(facts: Facts, factsFile: string): string {
  const near = (path: string) => (path.startsWith(process.cwd()) ? relative(process.cwd(), path) : path);
  const signIns = facts.signIns.map(({ who, with: secret }) => `    ${who.padEnd(10)} ${secret}`);
  return [
    '',
    '  Meterline is ready.',
    '',
    `  Address    ${facts.url}`,
    `  API        ${facts.url}/api/v1/openapi.json`,
    '  Sign in as',
    ...signIns,
    ...(facts.building
      ? [`  Meters     bin/meterline-edge status --state ${near(facts.building.gatewayState)}`]
      : []),
    '',
    `  The same for programs: ${near(factsFile)}; data: ${Object.values(facts.data).map(near).join(', ')}`,
    '  Stop: Ctrl-C. Start over: make demo RESET=1. Another port: PORT=8081 make demo.',
    '',
    '',
  ].join('\n');
}
