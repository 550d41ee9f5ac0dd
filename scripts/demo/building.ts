import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { writePrivate } from '../stack/hub.ts';
import { type Running, type Service, startProcess } from '../stack/process.ts';
import { ask, text } from './command.ts';
import { pointsByMeter } from './furnish.ts';
import type { HubApi } from './hub-api.ts';
import type { BuildingPlan, EstatePlan } from './plan/estate.types.ts';
import { virtualBuilding, virtualMeter } from './plan/virtual.ts';

const EDGE = fileURLToPath(new URL('../../edge/dist/cli.js', import.meta.url));
/** A year is drawn before it opens. */
const OPENING_MS = 180_000;

export interface BuildingOptions {
  /** Of the building and of its gateway; both outlive a restart. */
  readonly folder: string;
  readonly runFolder: string;
  readonly plan: EstatePlan;
  readonly keep: (name: string, service: Service) => void;
}

export interface BuildingFacts {
  readonly organisation: string;
  readonly building: string;
  readonly gateway: string;
  /** What really happens in the virtual building, to compare a bill with. */
  readonly truth: string;
  readonly gatewayState: string;
}

const serviceOf = ({ exited, stop }: Running): Service => ({ url: '', exited, stop });

/** The dormitory of the plan on its buses. */
export class VirtualBuilding {
  readonly #options: BuildingOptions;
  readonly running: Running;

  constructor(options: BuildingOptions) {
    this.#options = options;
    const { folder, plan, runFolder, keep } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const config = virtualFile(folder, plan, plan.buildings[0]);
    rmSync(this.#buses, { force: true });
    this.running = startProcess({
      name: 'building',
      command: process.execPath,
      args: [EDGE, 'sim', '--config', config, '--gateway', this.#buses, '--exit-with-parent'],
      // Each watches its own standard input and needs nobody between.
      lifeline: false,
      logFile: join(folder, 'building.log'),
      runFolder,
    });
    keep('virtual building', serviceOf(this.running));
  }

  get #buses(): string {
    return join(this.#options.folder, 'buses.yaml');
  }

  /** The gateway that reads it into the hub, under the points that the hub has for its meters. */
  async startGateway(
    registered: Registered,
    brokerPort: number,
  ): Promise<BuildingFacts & { readonly pid: number }> {
    const { folder, runFolder, keep } = this.#options;
    await this.#opened();
    const config = join(folder, 'gateway.yaml');
    writePrivate(config, this.#configuration(registered, brokerPort));
    const state = join(folder, 'gateway');
    const gateway = startProcess({
      name: 'gateway',
      command: process.execPath,
      // Nothing may vouch for the clock of this machine; for a demo it is good enough.
      args: [EDGE, 'run', '--state', state, '--config', config, '--trust-clock', '--exit-with-parent'],
      lifeline: false,
      logFile: join(folder, 'gateway.log'),
      runFolder,
    });
    keep('gateway', serviceOf(gateway));
    const { organisation, building, gateway: id } = registered;
    const truth = join(folder, 'bangkok.truth.jsonl');
    return { organisation, building, gateway: id, truth, gatewayState: state, pid: gateway.pid };
  }

  async #opened(): Promise<void> {
    for (const deadline = Date.now() + OPENING_MS; !existsSync(this.#buses); await sleep(50)) {
      if (this.running.hasExited() || Date.now() > deadline)
        throw new Error(`the virtual building does not start: ${this.running.tail(3)}`);
    }
  }

  #configuration({ points }: Registered, brokerPort: number): string {
    const file = parse(readFileSync(this.#buses, 'utf8')) as {
      buses: { meters: { name: string; points: Record<string, string> }[] }[];
    };
    for (const { meters } of file.buses)
      for (const meter of meters) meter.points = { ...meter.points, ...points[meter.name] };
    const broker = {
      url: `mqtts://127.0.0.1:${brokerPort}`,
      tokenFile: 'token',
      caFile: 'ca.pem',
    };
    return stringify({ broker, ...file }, { lineWidth: 0 });
  }
}

/** Written once: the same story goes on, whatever later versions of the demo plan. */
export function virtualFile(folder: string, plan: EstatePlan, building: BuildingPlan): string {
  const file = join(folder, `${building.key}.yaml`);
  if (!existsSync(file)) writePrivate(file, stringify(virtualBuilding(plan, building)));
  return file;
}

export interface Registered {
  readonly organisation: string;
  readonly building: string;
  readonly gateway: string;
  /** Which the hub has, by meter and register. */
  readonly points: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A command of the hub, as `meterline` takes it; what it says. */
export type HubCommand = (...words: string[]) => Promise<string>;

export interface RegisterOptions {
  readonly folder: string;
  readonly plan: EstatePlan;
  readonly organisation: string;
  readonly building: string;
  readonly operator: HubApi;
  readonly hub: HubCommand;
}

/** Once: what the hub knows of this gateway is in its database from then on. */
export async function registerGateway(options: RegisterOptions): Promise<Registered> {
  const { folder, plan, organisation, building, operator, hub } = options;
  const file = join(folder, 'registered.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Registered;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [identity] = await ask(EDGE, 'enrol', '--state', join(folder, 'gateway'), '--json');
  const { gateway = '', publicKey = '' } = identity ?? {};
  const whose = ['--organisation', organisation];
  const gateways = await operator.list(`/organisations/${organisation}/gateways`);
  // A run that was killed on the way may have added it already.
  if (!gateways.some(({ id }) => id === gateway)) {
    const key = ['--id', gateway, '--public-key', publicKey, '--name', 'ห้องควบคุม · control room'];
    await hub('gateway', 'add', ...key, '--building', building, ...whose);
  }
  const [, token, authority] = await Promise.all([
    hub('gateway', 'read', gateway, ...whose),
    hub('gateway', 'token', gateway, '--replace', ...whose),
    hub('mqtt', 'ca'),
  ]);
  writePrivate(join(folder, 'token'), token);
  writePrivate(join(folder, 'ca.pem'), authority);
  const known = await pointsByMeter(operator, `/organisations/${organisation}`);
  const points = Object.fromEntries(
    plan.buildings[0].meters.map((meter) => [
      virtualMeter(meter),
      Object.fromEntries((known.get(meter.label) ?? []).map(({ register, id }) => [register ?? '', id])),
    ]),
  );
  const registered = { organisation, building, gateway, points };
  writePrivate(file, `${JSON.stringify(registered)}\n`);
  return registered;
}

const HUB_COMMANDS = fileURLToPath(new URL('../../cloud/dist/main.js', import.meta.url));

export const hubCommand =
  (config: string): HubCommand =>
  (...words) =>
    text(HUB_COMMANDS, ...words, '--config', config);
