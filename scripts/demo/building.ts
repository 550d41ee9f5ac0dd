import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writePrivate } from '../stack/hub.ts';
import { type Running, type Service, startProcess } from '../stack/process.ts';

const run = promisify(execFile);
const path = (from: string) => fileURLToPath(new URL(from, import.meta.url));
const EDGE = path('../../edge/dist/cli.js');
const HUB = path('../../cloud/dist/main.js');
const EXAMPLE = path('../../edge/examples/building.yaml');
const OPENING_MS = 30_000;

export interface BuildingOptions {
  /** Of the building and of its gateway; both outlive a restart. */
  readonly folder: string;
  readonly runFolder: string;
  /** Configuration of the hub that it belongs to. */
  readonly hubConfig: string;
  readonly brokerPort: number;
  readonly keep: (name: string, service: Service) => void;
}

export interface BuildingFacts {
  readonly organisation: string;
  readonly building: string;
  readonly gateway: string;
  /** What really happens in the virtual building, to compare a bill with. */
  readonly truth: string;
  readonly gatewayState: string;
  readonly processes: { readonly building: number; readonly gateway: number };
}

/** A virtual building on its buses, and the gateway that reads it into the hub. */
export async function startBuilding(options: BuildingOptions): Promise<BuildingFacts> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const building = await startSimulation(options);
  const registered = await register(options);
  const config = join(folder, 'gateway.yaml');
  const broker = `broker: { url: "mqtts://127.0.0.1:${options.brokerPort}", tokenFile: token, caFile: ca.pem }`;
  writePrivate(config, `${broker}\n${readFileSync(join(folder, 'buses.yaml'), 'utf8')}`);
  const state = join(folder, 'gateway');
  const gateway = startProcess({
    name: 'gateway',
    command: process.execPath,
    // Nothing may vouch for the clock of this machine; for a demo it is good enough.
    args: [EDGE, 'run', '--state', state, '--config', config, '--trust-clock', '--exit-with-parent'],
    // Each watches its own standard input and needs nobody between.
    lifeline: false,
    logFile: join(folder, 'gateway.log'),
    runFolder: options.runFolder,
  });
  options.keep('gateway', serviceOf(gateway));
  const processes = { building: building.pid, gateway: gateway.pid };
  return { ...registered, truth: join(folder, 'building.truth.jsonl'), gatewayState: state, processes };
}

const serviceOf = ({ exited, stop }: Running): Service => ({ url: '', exited, stop });

async function startSimulation({ folder, runFolder, keep }: BuildingOptions): Promise<Running> {
  const config = join(folder, 'building.yaml');
  const buses = join(folder, 'buses.yaml');
  // Any free ports: two demos may run side by side.
  if (!existsSync(config)) {
    writeFileSync(config, readFileSync(EXAMPLE, 'utf8').replaceAll(/\bport: \d+/g, 'port: 0'));
  }
  rmSync(buses, { force: true });
  const running = startProcess({
    name: 'building',
    command: process.execPath,
    args: [EDGE, 'sim', '--config', config, '--gateway', buses, '--exit-with-parent'],
    lifeline: false,
    logFile: join(folder, 'building.log'),
    runFolder,
  });
  keep('virtual building', serviceOf(running));
  for (const deadline = Date.now() + OPENING_MS; !existsSync(buses); await sleep(50)) {
    if (running.hasExited() || Date.now() > deadline)
      throw new Error(`the virtual building does not start: ${running.tail(3)}`);
  }
  return running;
}

type Registered = Pick<BuildingFacts, 'organisation' | 'building' | 'gateway'>;

/** Once: what the hub knows of this building and its gateway is in its database from then on. */
async function register({ folder, hubConfig }: BuildingOptions): Promise<Registered> {
  const file = join(folder, 'registered.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Registered;
  const [identity] = await ask(EDGE, 'enrol', '--state', join(folder, 'gateway'), '--json');
  const { gateway = '', publicKey = '' } = identity ?? {};
  const hub = (...words: string[]) => ask(HUB, ...words, '--config', hubConfig, '--json');
  /** A run that was killed on the way may have added it already. */
  const have = async (what: string, is: (one: Row) => boolean, whose: string[], ...add: string[]) => {
    const there = (await hub(what, 'list', ...whose)).find(is);
    return (there ?? (await hub(what, 'add', ...add, ...whose))[0])?.id ?? '';
  };
  const named = (name: string) => [(one: Row) => one.name === name, ['--name', name]] as const;
  const [isOurs, called] = named('Baan Suan');
  const organisation = await have('organisation', isOurs, [], ...called);
  const whose = ['--organisation', organisation];
  const [isIt, itsName] = named('Baan Suan Residence');
  const building = await have('building', isIt, whose, ...itsName, '--zone', 'Asia/Bangkok');
  const key = ['--id', gateway, '--public-key', publicKey, '--name', 'Cellar', '--building', building];
  await have('gateway', (one) => one.id === gateway, whose, ...key);
  const said = (...words: string[]) => text(HUB, ...words, '--config', hubConfig);
  writePrivate(join(folder, 'token'), await said('gateway', 'token', gateway, ...whose));
  writePrivate(join(folder, 'ca.pem'), await said('mqtt', 'ca'));
  const registered = { organisation, building, gateway };
  writePrivate(file, `${JSON.stringify(registered)}\n`);
  return registered;
}

type Row = Readonly<Record<string, string>>;

/** What a command says, a JSON object a line. */
const ask = async (...words: string[]): Promise<Row[]> =>
  (await text(...words))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

async function text(...words: string[]): Promise<string> {
  try {
    return (await run(process.execPath, words)).stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(stderr.trim() || String(error), { cause: error });
  }
}
