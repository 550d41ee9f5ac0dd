import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../stack/hub.ts';
import type { Service } from '../stack/process.ts';
import {
  type BuildingFacts,
  type HubCommand,
  hubCommand,
  type Registered,
  registerGateway,
  VirtualBuilding,
} from './building.ts';
import { type FurnishedBuilding, Furnishing } from './furnish.ts';
import { History, type HistoryState, VirtualMeters } from './history.ts';
import { HubApi, type Row } from './hub-api.ts';
import { People, type SignIn } from './people.ts';
import { dayAt } from './plan/days.ts';
import { planEstate } from './plan/estate.ts';
import type { BuildingPlan, EstatePlan } from './plan/estate.types.ts';

interface Furnished {
  readonly organisation: string;
  readonly buildings: Readonly<Record<BuildingPlan['key'], FurnishedBuilding>>;
}

interface Kept {
  readonly plan: EstatePlan;
  /** What the hub holds of it, once it does. */
  furnished?: Furnished;
}

export interface EstateOptions {
  readonly folder: string;
  readonly runFolder: string;
  readonly keep: (name: string, service: Service) => void;
  readonly say: (line: string) => void;
}

export interface HubFacts {
  readonly url: string;
  readonly operatorToken: string;
  readonly configFile: string;
  readonly brokerPort: number;
}

export interface EstateFacts {
  readonly signIns: readonly SignIn[];
  readonly organisation: { readonly id: string; readonly name: string };
  readonly buildings: readonly FurnishedBuilding[];
  readonly building: BuildingFacts;
  readonly processes: Readonly<Record<string, number>>;
}

/** The organisation of the demo: planned once, written into the hub once, living on from then. */
export class Estate {
  readonly #options: EstateOptions;
  readonly #file: string;
  readonly #kept: Kept;
  readonly #virtual: VirtualBuilding;
  readonly #meters: VirtualMeters;
  #history: History | undefined;

  constructor(options: EstateOptions, now: number) {
    const { folder } = options;
    this.#options = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#file = join(folder, 'estate.json');
    this.#kept = existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Kept)
      : { plan: planEstate(randomBytes(6).toString('hex'), dayAt(now)) };
    this.#keep();
    const { plan } = this.#kept;
    this.#meters = new VirtualMeters(folder, plan);
    // It draws its year while database and hub start.
    this.#virtual = new VirtualBuilding({ ...options, plan });
  }

  async moveInto(hub: HubFacts, told: (history: HistoryState) => void): Promise<EstateFacts> {
    const { plan } = this.#kept;
    const command = hubCommand(hub.configFile);
    const organisation = this.#kept.furnished?.organisation ?? (await this.#found(hub, command));
    const { folder } = this.#options;
    const { url, operatorToken } = hub;
    const people = new People({
      ...{ file: join(folder, 'people.json'), url, operatorToken, organisation },
      organisationName: plan.organisation,
    });
    const furnished = this.#kept.furnished ?? (await this.#furnish(people, organisation, command));
    const registered = await this.#register(people, organisation, furnished.buildings.bangkok, command);
    // From the next quarter hour on the gateway reads; until then nobody did.
    const now = Date.now();
    const { pid, ...building } = await this.#virtual.startGateway(registered, hub.brokerPort);
    this.#history = this.#historyOf(people, furnished, told, now);
    void this.#history.fill();
    return {
      signIns: people.signIns,
      organisation: { id: organisation, name: plan.organisation },
      buildings: Object.values(furnished.buildings),
      building,
      processes: { building: this.#virtual.running.pid, gateway: pid },
    };
  }

  get history(): HistoryState | undefined {
    return this.#history?.state;
  }

  stop(): void {
    this.#history?.stop();
  }

  async #found({ url, operatorToken }: HubFacts, command: HubCommand): Promise<string> {
    const { organisation: name } = this.#kept.plan;
    const all = await new HubApi(url, async () => operatorToken).list('/organisations');
    const there = all.find((one) => one.name === name);
    const made = there ?? (JSON.parse(await command('organisation', 'add', '--name', name, '--json')) as Row);
    return String(made.id);
  }

  /** Rooms and meters first, then who reads the meters: a move asks for counts where no gateway does. */
  async #furnish(people: People, organisation: string, command: HubCommand): Promise<Furnished> {
    const { say } = this.#options;
    const { plan } = this.#kept;
    say('inviting its people');
    await people.foundOrganisation();
    say('bringing in rooms, meters and tenants from their lists');
    const manager = people.as('manager');
    const [dormitory, block] = plan.buildings.map((one) => new Furnishing(manager, organisation, plan, one));
    if (!dormitory || !block) throw new TypeError('a plan has two buildings');
    const buildings = { bangkok: await dormitory.build(), jakarta: await block.build() };
    await this.#register(people, organisation, buildings.bangkok, command);
    await dormitory.let(this.#meters.shownIn(plan.buildings[0]));
    await block.let(this.#meters.shownIn(plan.buildings[1]));
    await people.hireOthers();
    await people.letTenantsIn();
    const furnished = { organisation, buildings };
    this.#kept.furnished = furnished;
    this.#keep();
    return furnished;
  }

  #register(
    { operator }: People,
    organisation: string,
    { id: building }: FurnishedBuilding,
    hub: HubCommand,
  ): Promise<Registered> {
    const { folder } = this.#options;
    const { plan } = this.#kept;
    return registerGateway({ folder, plan, organisation, building, operator, hub });
  }

  /** Comes in by itself while people look around. */
  #historyOf(
    people: People,
    { organisation, buildings }: Furnished,
    told: (state: HistoryState) => void,
    now: number,
  ): History {
    const { plan } = this.#kept;
    const file = join(this.#options.folder, 'history.json');
    const ids = { bangkok: buildings.bangkok.id, jakarta: buildings.jakarta.id };
    const hub = people.as('manager');
    return new History({ file, plan, meters: this.#meters, organisation, buildings: ids, hub, told }, now);
  }

  #keep(): void {
    writePrivate(this.#file, `${JSON.stringify(this.#kept, null, 2)}\n`);
  }
}
