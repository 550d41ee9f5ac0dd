import { relative } from 'node:path';
import type { EstateFacts } from './estate.ts';
import type { HistoryState } from './history.ts';
import type { SignIn } from './people.ts';

/** Whoever has this token may do everything. */
interface Operator {
  readonly who: 'operator';
  readonly with: string;
}

/** What a person needs to use the demo; the same facts stand in demo.json for programs. */
export interface Facts extends Partial<Omit<EstateFacts, 'signIns' | 'processes'>> {
  readonly url: string;
  readonly ports: Record<string, number>;
  readonly processes: Record<string, number>;
  readonly signIns: readonly [Operator, ...SignIn[]];
  readonly config: string;
  /** Folders; the database's may lie elsewhere, if its user cannot enter this one. */
  readonly data: Record<string, string>;
  /** A year of readings, as far as it is in. */
  readonly history?: HistoryState;
}

const near = (path: string): string =>
  path.startsWith(process.cwd()) ? relative(process.cwd(), path) : path;

export function greet(facts: Facts, factsFile: string, seconds: number): string {
  const [operator, ...people] = facts.signIns;
  const { history } = facts;
  return [
    '',
    `  Meterline is ready (${seconds} s).`,
    '',
    `  Address    ${facts.url}`,
    `  API        ${facts.url}/api/v1/openapi.json`,
    ...(facts.organisation ? [`  Of         ${facts.organisation.name}: ${placesOf(facts)}`] : []),
    '',
    ...table(people),
    '',
    `  *  asks for a code as well: make demo-code shows the present ones; for an authenticator app`,
    `     the secrets stand in ${near(factsFile)}, and recovery codes that are good once each`,
    `  Operator   ${operator.with}`,
    ...(facts.building
      ? [`  Meters     bin/meterline-edge status --state ${near(facts.building.gatewayState)}`]
      : []),
    ...(history?.state === 'filling'
      ? ['  History    a year of readings comes in now; look around meanwhile']
      : []),
    '',
    `  The same for programs: ${near(factsFile)}; data: ${Object.values(facts.data).map(near).join(', ')}`,
    '  Stop: Ctrl-C. Start over: make demo RESET=1. Another port: PORT=8081 make demo.',
    '',
    '',
  ].join('\n');
}

const placesOf = ({ buildings = [] }: Facts): string =>
  buildings.map(({ name, zone }) => `${name} (${zone})`).join(', ');

function table(people: readonly SignIn[]): string[] {
  const rows = people.map(({ who, login, password, secondFactor }) => [
    `${who}${secondFactor ? ' *' : ''}`,
    login,
    password,
  ]);
  const all = [['Sign in as', 'with', 'password'], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ')}`.trimEnd());
}
