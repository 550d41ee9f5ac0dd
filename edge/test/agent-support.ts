import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Config, Signer } from '@meterline/contracts';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { systemClock } from '../src/clock.ts';
import { standardConfig } from '../src/desired/index.ts';
import { type Identity, openIdentity } from '../src/enrol/index.ts';
import { loadProfiles } from '../src/meters/profile-store.ts';
import {
  type Building,
  buildBuilding,
  buildingSchema,
  installationOf,
  SimClock,
  Simulation,
} from '../src/simulator/index.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import type { FakeCa } from './support/fake-hub-certificates.ts';
import { Relay } from './support/fake-hub-relay.ts';

const CHILD = fileURLToPath(new URL('./agent-child.ts', import.meta.url));
const QUARTER_MS = 900_000;

const PLACES = [
  { id: 'house', kind: 'group', losses: { electricity: { standingWatts: 200 }, water: { permille: 5 } } },
  { id: 'a', kind: 'room', in: 'house', people: 2, pattern: 'home' },
  { id: 'b', kind: 'common', in: 'house', electricity: [{ kind: 'constant', watts: 2_400 }] },
];
/** Two lines with what polling has to get right: a main meter, a gap, another word order, a breaker. */
const BUSES = [
  {
    ...{ id: 'east', kind: 'rtu-over-tcp', port: 0, baud: 115_200, turnaroundMs: 3 },
    meters: [
      { id: 'main', unit: 1, profile: 'schneider-iem3000', measures: 'house', serial: '50012345' },
      { id: 'a', unit: 2, profile: 'hiking-dds238-2-zn-sr', measures: 'a' },
    ],
  },
  {
    ...{ id: 'west', kind: 'tcp', port: 0, baud: 115_200, turnaroundMs: 3 },
    meters: [
      { id: 'b', unit: 1, profile: 'eastron-sdm630', measures: 'b' },
      { id: 'b-check', unit: 2, profile: 'abb-b21-b23', measures: 'b' },
    ],
  },
];

interface Begin {
  /** ms by which somebody has moved the wall clock. */
  readonly step?: number;
  /** Somebody vouches for the wall clock. */
  readonly trust?: boolean;
}

/** The clock of one life, as its process is told. */
export interface Power extends Required<Begin> {
  readonly boot: string;
  readonly bootedNs: string;
  readonly ahead: number;
}

export interface Life {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<number | null>;
}

/** A virtual building, a broker that can go away, a hub as the contract has it, and an agent that can be killed. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'agent-'));
  readonly state = join(this.folder, 'state');
  readonly identity: Identity;
  readonly building: Building;
  readonly lines: string[] = [];
  readonly hubSigner: Signer;
  hub: FakeHub;
  /** ms that the building and the agent are ahead of the clock of this machine. */
  ahead = 0;
  /** The agent has known the time in this boot. */
  knowsTime = false;
  readonly #simulation: Simulation;
  readonly #relay: Relay;
  #mosquitto: Awaited<ReturnType<typeof startMosquitto>>;
  #life: Life | undefined;
  #wanted: Config | undefined;
  #boot = 1;
  #bootedNs = process.hrtime.bigint();

  static async set(ca: FakeCa, random: () => number): Promise<Stage> {
    const mosquitto = await startMosquitto();
    const stage = new Stage(ca, random, mosquitto, await Relay.to(mosquitto.url));
    await stage.#simulation.start();
    await stage.hub.start();
    return stage;
  }

  private constructor(
    ca: FakeCa,
    random: () => number,
    mosquitto: Awaited<ReturnType<typeof startMosquitto>>,
    relay: Relay,
  ) {
    const wire = systemClock();
    const now = Date.now();
    const since = new Date(now - 3_600_000).toISOString();
    const config = buildingSchema.parse({
      format: 1,
      name: 'T',
      since,
      seed: 3,
      places: PLACES,
      buses: BUSES,
    });
    const built = buildBuilding(config, now, loadProfiles());
    if (!built.ok) throw new Error(JSON.stringify(built.faults));
    this.building = built.value;
    const moved = { monoNs: () => wire.monoNs() + BigInt(this.ahead) * 1_000_000n, wallMs: Date.now };
    this.#simulation = new Simulation({
      ...{ building: this.building, clock: new SimClock(moved, now, 1), wire, goesOn: false },
      folder: this.folder,
    });
    this.#mosquitto = mosquitto;
    this.#relay = relay;
    this.identity = openIdentity(this.state, { wallMs: Date.now });
    const { signer, certificate } = ca.hubKey();
    this.hubSigner = signer;
    this.hub = new FakeHub({
      ...{ url: mosquitto.url, signer, keyCertificate: certificate, random },
      gateways: new Map([[this.identity.gateway, [verifierFor(this.identity.signer)]]]),
      now: () => Date.now() + this.ahead,
    });
    writeFileSync(join(this.folder, 'ca.pem'), ca.ca);
    writeFileSync(join(this.folder, 'token'), 'token\n');
    const broker = `{ url: "mqtt://127.0.0.1:${relay.port}", tokenFile: token, caFile: ca.pem }`;
    writeFileSync(join(this.folder, 'gateway.yaml'), `broker: ${broker}\n`);
  }

  /** From now on, also over another broker. */
  want(config: Config): void {
    this.#wanted = config;
    this.hub.config(config);
  }

  config(version = 1, change: Partial<Config> = {}): Config {
    const now = Date.now() + this.ahead;
    const urls = new Map(this.#simulation.buses.map(({ id, url }) => [id, url]));
    const standard = standardConfig(this.identity.gateway, now);
    const { buses, meters } = installationOf(this.building, now, urls);
    return {
      ...standard,
      ...{ version, buses: [...buses], meters: [...meters] },
      intervals: { gaugeMs: 1_000, counterMs: 10_000, statusMs: 10_000, sealMs: 1_000 },
      uplink: { backfillBytesPerSecond: 5_000_000, monthlyBytes: null },
      ...change,
    };
  }

  begin({ step = 0, trust = true }: Begin = {}): Life {
    const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', CHILD, this.state];
    const child = spawn(
      process.execPath,
      [...args, join(this.folder, 'gateway.yaml'), JSON.stringify(this.#power(step, trust))],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => {
      lines.push(line);
      this.lines.push(line);
    });
    const ended = Promise.all([once(reader, 'close'), once(child, 'exit')]).then(() => child.exitCode);
    this.#life = { child, lines, ended };
    return this.#life;
  }

  /** Power goes and comes back. */
  reboot(): void {
    this.#boot += 1;
    this.knowsTime = false;
    this.#bootedNs = process.hrtime.bigint() + BigInt(this.ahead) * 1_000_000n;
  }

  #power(step: number, trust: boolean): Power {
    const { ahead } = this;
    return { boot: `boot-${this.#boot}`, bootedNs: String(this.#bootedNs), ahead, step, trust };
  }

  /** To just before the next quarter hour: what was between is as if the gateway had been off. */
  leap(beforeMs: number): void {
    const now = Date.now() + this.ahead;
    const boundary = Math.floor(now / QUARTER_MS + 1) * QUARTER_MS;
    this.ahead += Math.max(0, Math.round(boundary - now - beforeMs));
  }

  cut(): Promise<void> {
    return this.#relay.cut();
  }

  mend(): Promise<void> {
    return this.#relay.open();
  }

  drop(): void {
    this.#relay.drop();
  }

  /** The broker dies and forgets every session and every message that it had acknowledged. */
  async loseBroker(): Promise<void> {
    await this.hub.stop();
    await this.#mosquitto.stop();
    this.#mosquitto = await startMosquitto();
    this.#relay.drop();
    this.#relay.retarget(this.#mosquitto.url);
    this.hub = this.hub.movedTo(this.#mosquitto.url);
    await this.hub.start();
    if (this.#wanted) this.hub.config(this.#wanted);
  }

  async strike(): Promise<void> {
    this.#life?.child.kill('SIGKILL');
    await this.#life?.ended;
    await this.hub.stop();
    await this.#relay.cut();
    await this.#mosquitto.stop();
    await this.#simulation.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
