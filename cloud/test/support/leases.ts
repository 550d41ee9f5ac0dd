import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Site } from './sites.ts';

/** What a tenant's transaction says of itself: as the gate puts it together for somebody with leases only. */
export const TENANT_MAY =
  'organisation.read:own places.read:own leases.read:own meters.read:own usage.read:own readings.read:own';

export interface Tenant {
  readonly person: string;
  readonly party: string;
}

/** Rooms and those who live in them, written as the owner, whom no policy stops. */
export class Let {
  readonly #owner: pg.Pool;
  readonly #site: Site;

  constructor(owner: pg.Pool, site: Site) {
    this.#owner = owner;
    this.#site = site;
  }

  async room(name: string): Promise<string> {
    const id = randomUUID();
    await this.#owner.query(
      "insert into place (id, organisation_id, building_id, name, kind) values ($1, $2, $3, $4, 'room')",
      [id, this.#site.organisation, this.#site.building, name],
    );
    return id;
  }

  /** A meter with one point, hung into a room. */
  async meter(place: string, point: { readonly id: string }, from: string, to: string | null = null) {
    const { organisation, building } = this.#site;
    const id = randomUUID();
    await this.#owner.query(
      "insert into meter (id, organisation_id, building_id, role, label) values ($1, $2, $3, 'sub', $4)",
      [id, organisation, building, id],
    );
    await this.#owner.query('update point set meter_id = $2 where id = $1', [point.id, id]);
    await this.#owner.query(
      `insert into installation (id, organisation_id, point_id, meter_id, place_id, from_at, to_at)
       values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)`,
      [organisation, point.id, id, place, from, to],
    );
    return id;
  }

  async tenant(name: string): Promise<Tenant> {
    const person = randomUUID();
    await this.#owner.query('insert into person (id, name, created_at) values ($1, $2, now())', [
      person,
      name,
    ]);
    return { person, party: await this.party(name, person) };
  }

  async party(name: string, person: string): Promise<string> {
    const id = randomUUID();
    await this.#owner.query(
      'insert into party (id, organisation_id, name, person_id, created_at) values ($1, $2, $3, $4, now())',
      [id, this.#site.organisation, name, person],
    );
    return id;
  }

  async lease(
    number: string,
    rooms: readonly (readonly [place: string, from: string, to: string | null])[],
    people: readonly (readonly [
      tenant: Tenant,
      role?: string,
      fromDay?: string | null,
      toDay?: string | null,
    ])[],
    state = 'active',
  ): Promise<string> {
    const id = randomUUID();
    const { organisation, building } = this.#site;
    await this.#owner.query(
      `insert into lease (id, organisation_id, building_id, number, state, start_day, currency, created_at)
       values ($1, $2, $3, $4, $5, $6::timestamptz::date, 'THB', now())`,
      [id, organisation, building, number, state, rooms[0]?.[1]],
    );
    for (const [place, from, to] of rooms)
      await this.#owner.query(
        `insert into lease_room (id, organisation_id, building_id, lease_id, place_id, from_at, to_at)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)`,
        [organisation, building, id, place, from, to],
      );
    for (const [{ party }, role = 'tenant', fromDay = null, toDay = null] of people)
      await this.#owner.query(
        `insert into lease_person (id, organisation_id, lease_id, party_id, role, from_day, to_day)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)`,
        [organisation, id, party, role, fromDay, toDay],
      );
    return id;
  }
}

/** One transaction at the database itself, as the application's role, with a context of the test's. */
export async function asApp<T>(
  app: pg.Pool,
  { organisation = '', person = '', may = '' },
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await app.connect();
  try {
    await client.query('begin');
    await client.query(
      "select set_config('app.org', $1, true), set_config('app.person', $2, true), set_config('app.may', $3, true)",
      [organisation, person, may],
    );
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
