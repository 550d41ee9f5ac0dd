import type { HubApi, Row } from './hub-api.ts';
import { instantOf } from './plan/days.ts';
import type {
  BuildingPlan,
  EstatePlan,
  LeasePlan,
  MeterPlan,
  MovePlan,
  PersonPlan,
} from './plan/estate.types.ts';
import { meterList, roomList, tenantList } from './plan/lists.ts';

/** What the displays of a room showed at a moment, for a move in a building that no gateway reads. */
export type Shown = (meter: MeterPlan, ms: number) => { readonly value: string; readonly unit: string };

export interface FurnishedBuilding {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
}

/** Writes the plan of one building through the API, each step once: what is there already is left as it is. */
export class Furnishing {
  readonly #hub: HubApi;
  readonly #organisation: string;
  readonly #plan: EstatePlan;
  readonly #building: BuildingPlan;
  #id = '';

  constructor(hub: HubApi, organisation: string, plan: EstatePlan, building: BuildingPlan) {
    this.#hub = hub;
    this.#organisation = `/organisations/${organisation}`;
    this.#plan = plan;
    this.#building = building;
  }

  /** The building with its rooms and meters, from the lists of whoever kept them. */
  async build(): Promise<FurnishedBuilding> {
    const { name, otherName, zone, address, currency, cycleDay, regime } = this.#building;
    const buildings = `${this.#organisation}/buildings`;
    const there = (await this.#hub.list(buildings)).find((one) => one.name === name);
    const given = { name, otherName, zone, address, currency, cycleDay };
    this.#id = String((there ?? (await this.#hub.post<Row>(buildings, given))).id);
    const regimes = `${buildings}/${this.#id}/regimes`;
    if ((await this.#hub.list(regimes)).length === 0) await this.#hub.post(regimes, regime);
    if ((await this.#places()).length === 0) await this.#bring('rooms', roomList(this.#building));
    await this.#nameFloors();
    if ((await this.#ofBuilding('meters')).length === 0)
      await this.#bring('meters', meterList(this.#building), `&since=${this.#plan.since}`);
    return { id: this.#id, name: otherName ?? name, zone };
  }

  /** Its people: the list of leases, and then what was written down day by day. */
  async let(shown: Shown): Promise<void> {
    const places = new Map((await this.#places()).map(({ id, name }) => [String(name), String(id)]));
    if (!(await this.#hasLeases())) await this.#bring('tenants', tenantList(this.#building));
    await this.#takeOut(places);
    for (const lease of this.#building.leases) {
      if (lease.way === 'agreed') await this.#agree(lease, places);
      for (const move of lease.moves) await this.#move(lease, move, places, shown);
    }
  }

  #places(): Promise<Row[]> {
    return this.#ofBuilding('places');
  }

  #ofBuilding(what: string): Promise<Row[]> {
    return this.#hub.list(`${this.#organisation}/${what}?building=${this.#id}`);
  }

  /** Looked at first, then brought in as it was looked at. */
  async #bring(kind: 'rooms' | 'meters' | 'tenants', csv: string, also = ''): Promise<void> {
    const path = `${this.#organisation}/buildings/${this.#id}/lists/${kind}?name=${kind}.csv${also}`;
    type Result = { plan: string; state: string; faults: readonly Row[]; problems: readonly string[] };
    const looked = await this.#hub.upload<Result>(path, csv);
    const done = await this.#hub.upload<Result>(`${path}&dryRun=false&plan=${looked.plan}`, csv);
    if (done.state === 'done') return;
    const said = JSON.stringify([...done.problems, ...done.faults.slice(0, 3)]);
    throw new Error(`the list of ${kind} of ${this.#building.name} was refused: ${said}`);
  }

  async #nameFloors(): Promise<void> {
    const places = await this.#places();
    for (const { name, otherName, level } of this.#building.floors) {
      const floor = places.find((place) => place.kind === 'floor' && place.name === name);
      if (floor && floor.level !== level)
        await this.#hub.patch(`${this.#organisation}/places/${floor.id}`, { otherName, level });
    }
  }

  async #hasLeases(): Promise<boolean> {
    return (await this.#ofBuilding('leases')).length > 0;
  }

  async #takeOut(places: ReadonlyMap<string, string>): Promise<void> {
    for (const { room, from, reason } of this.#building.outages) {
      const outages = `${this.#organisation}/places/${places.get(room)}/outages`;
      if ((await this.#hub.list(outages)).length === 0) await this.#hub.post(outages, { from, reason });
    }
  }

  async #agree(lease: LeasePlan, places: ReadonlyMap<string, string>): Promise<void> {
    if (await this.#find(lease)) return;
    await this.#hub.post(`${this.#organisation}/leases`, this.#terms(lease, places));
  }

  /** The same id is the same move, however often it is sent. */
  async #move(
    lease: LeasePlan,
    move: MovePlan,
    places: ReadonlyMap<string, string>,
    shown: Shown,
  ): Promise<void> {
    const { id, kind, day, clock, room, notes, keys } = move;
    const at = instantOf(day, clock);
    const left = kind === 'move-in' ? [] : [lease.room];
    const entered = kind === 'move-in' ? [lease.room] : room === null ? [] : [room];
    const readings = await this.#readings([...left, ...entered], Date.parse(at), shown);
    const given = { id, at, readings, protocol: { notes, keys } };
    if (kind === 'move-in') {
      const terms = this.#terms(lease, places);
      await this.#hub.post(`${this.#organisation}/move-ins`, { ...given, lease: terms });
      return;
    }
    const there = await this.#find(lease);
    if (!there) throw new Error(`the hub knows no lease ${lease.number}`);
    const to = room === null ? {} : { place: places.get(room) };
    await this.#hub.post(`${this.#organisation}/leases/${there.id}/${kind}`, { ...given, ...to });
  }

  async #find({ number }: LeasePlan): Promise<Row | undefined> {
    const path = `${this.#organisation}/leases?number=${encodeURIComponent(number)}`;
    return (await this.#hub.list(path)).find((lease) => lease.number === number);
  }

  #terms(lease: LeasePlan, places: ReadonlyMap<string, string>): object {
    const { id, number, room, first, last, rent, deposit, services, people, note } = lease;
    const priced = [
      { kind: 'internet', label: 'Internet', amount: services.internet },
      { kind: 'parking', label: 'Parking', amount: services.parking },
      { kind: 'common-fee', label: 'Common fee', amount: services.commonFee },
    ].filter(({ amount }) => amount > 0);
    return {
      ...{ id, number, building: this.#id, place: places.get(room), firstDay: first, lastDay: last, note },
      ...{ rent: String(rent), deposit: String(deposit) },
      services: priced.map((one) => ({ ...one, amount: String(one.amount), per: 'month' })),
      people: people.map(({ role, ...person }) => ({ role, new: partyOf(person) })),
    };
  }

  async #readings(rooms: readonly string[], ms: number, shown: Shown): Promise<object[]> {
    const meters = this.#building.meters.filter(
      ({ isRead, place }) => isRead === 'by people' && place !== null && rooms.includes(place),
    );
    if (meters.length === 0) return [];
    const points = await pointsByMeter(this.#hub, this.#organisation);
    return meters.map((meter) => ({ point: points.get(meter.label)?.[0]?.id, ...shown(meter, ms) }));
  }
}

const partyOf = ({ idDocument, ...person }: Omit<PersonPlan, 'role'>) => ({
  ...person,
  idDocumentTail: idDocument,
});

export interface KnownPoint {
  readonly id: string;
  /** As the profile calls it; none where people read the meter. */
  readonly register: string | null;
}

const PAGE = 1_000;

export async function pointsByMeter(
  hub: HubApi,
  organisation: string,
): Promise<ReadonlyMap<string, readonly KnownPoint[]>> {
  const byMeter = new Map<string, KnownPoint[]>();
  for (let after: string | undefined = ''; after !== undefined; ) {
    const path = `${organisation}/points?limit=${PAGE}${after && `&after=${after}`}`;
    const page: { items: Row[]; after?: string } = await hub.get(path);
    for (const { id, meterLabel, register } of page.items) {
      if (typeof meterLabel !== 'string') continue;
      const name = typeof register === 'string' ? (register.split('/')[1] ?? null) : null;
      byMeter.set(meterLabel, [...(byMeter.get(meterLabel) ?? []), { id: String(id), register: name }]);
    }
    after = page.after;
  }
  return byMeter;
}
