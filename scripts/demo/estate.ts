import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../stack/hub.ts';
import type { Service } from '../stack/process.ts';
import {
  type BuildingFacts,
  hubCommand,
  type Registered,
  registerGateway,
  VirtualBuilding,
} from './building.ts';
import { ask } from './command.ts';
import { type FurnishedBuilding, Furnishing } from './furnish.ts';
import { History, type HistoryState, shownIn } from './history.ts';
import { People, type SignIn } from './people.ts';
import { dayAt } from './plan/days.ts';
import { planEstate } from './plan/estate.ts';
import type { BuildingPlan, EstatePlan } from './plan/estate.types.ts';

interface Kept {
  /** Of the plan; another one is another story. */
  readonly seed: string;
  readonly today: string;
  /** What the hub holds of it, once it does. */
  furnished?: {
    readonly organisation: string;
    readonly buildings: Readonly<Record<BuildingPlan['key'], FurnishedBuilding>>;
  };
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
  readonly #plan: EstatePlan;
  readonly #virtual: VirtualBuilding;
  #history: History | undefined;

  constructor(options: EstateOptions, now: number) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#file = join(options.folder, 'estate.json');
    this.#kept = existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Kept)
      : { seed: randomBytes(6).toString('hex'), today: dayAt(now) };
    this.#keep();
    this.#plan = planEstate(this.#kept.seed, this.#kept.today);
    // It draws its year while database and hub start.
    this.#virtual = new VirtualBuilding({ ...options, plan: this.#plan });
  }

  async moveInto(hub: HubFacts, told: (history: HistoryState) => void): Promise<EstateFacts> {
    const command = hubCommand(hub.configFile);
    const organisation = this.#kept.furnished?.organisation ?? (await this.#found(hub.configFile, hub));
    const { folder, say } = this.#options;
    const { url, operatorToken } = hub;
    const people = new People({
      ...{ file: join(folder, 'people.json'), url, operatorToken, organisation },
      organisationName: this.#plan.organisation,
    });
    let registered: Registered;
    if (this.#kept.furnished) registered = await this.#registered(people, command);
    else {
      say('inviting its people');
      await people.foundOrganisation();
      registered = await this.#furnish(people, organisation, command);
    }
    const { furnished } = this.#kept;
    if (!furnished) throw new Error('the demo has no buildings');
    const { pid, ...building } = await this.#virtual.startGateway(registered, hub.brokerPort);
    this.#fill(people, furnished, told);
    return {
      signIns: people.signIns,
      organisation: { id: organisation, name: this.#plan.organisation },
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

  async #found(config: string, { url, operatorToken }: HubFacts): Promise<string> {
    const { HubApi } = await import('./hub-api.ts');
    const { organisation: name } = this.#plan;
    const there = await new HubApi(url, async () => operatorToken).list('/organisations');
    const known = there.find((one) => one.name === name);
    if (known) return String(known.id);
    const { HUB_COMMANDS } = await import('./building.ts');
    const [made] = await ask(
      HUB_COMMANDS,
      'organisation',
      'add',
      '--name',
      name,
      '--json',
      '--config',
      config,
    );
    return made?.id ?? '';
  }

  /** Rooms and meters first, then who reads the meters: a move asks for counts where no gateway does. */
  async #furnish(
    people: People,
    organisation: string,
    command: ReturnType<typeof hubCommand>,
  ): Promise<Registered> {
    const { say } = this.#options;
    const manager = people.as('manager');
    const [dormitory, block] = this.#plan.buildings;
    const made = this.#plan.buildings.map((plan) => new Furnishing(manager, organisation, this.#plan, plan));
    const built: FurnishedBuilding[] = [];
    say('bringing in rooms, meters and tenants from their lists');
    for (const one of made) built.push(await one.build());
    const [bangkok, jakarta] = built;
    if (!bangkok || !jakarta) throw new Error('a building is missing');
    const registered = await this.#register(people, organisation, bangkok.id, command);
    for (const [i, plan] of [dormitory, block].entries()) await made[i]?.let(shownIn(this.#plan, plan));
    await people.hireOthers();
    await people.letTenantsIn();
    this.#kept.furnished = { organisation, buildings: { bangkok, jakarta } };
    this.#keep();
    return registered;
  }

  #registered(people: People, command: ReturnType<typeof hubCommand>): Promise<Registered> {
    const { organisation = '', buildings } = this.#kept.furnished ?? {};
    return this.#register(people, organisation, buildings?.bangkok.id ?? '', command);
  }

  #register(
    people: People,
    organisation: string,
    building: string,
    hub: ReturnType<typeof hubCommand>,
  ): Promise<Registered> {
    const { folder } = this.#options;
    return registerGateway({
      folder,
      plan: this.#plan,
      organisation,
      building,
      operator: people.operator,
      hub,
    });
  }

  /** Goes on by itself while people look around. */
  #fill(
    people: People,
    { organisation, buildings }: NonNullable<Kept['furnished']>,
    told: (state: HistoryState) => void,
  ): void {
    const history = new History(
      {
        ...{ file: join(this.#options.folder, 'history.json'), plan: this.#plan, organisation, told },
        buildings: { bangkok: buildings.bangkok.id, jakarta: buildings.jakarta.id },
        hub: people.as('manager'),
      },
      Date.now(),
    );
    this.#history = history;
    void history.fill();
  }

  #keep(): void {
    writePrivate(this.#file, `${JSON.stringify(this.#kept, null, 2)}\n`);
  }
}
