import type pg from 'pg';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';

const ids = createIds(systemClock);

export interface Site {
  readonly organisation: string;
  readonly building: string;
  readonly gateway: string;
  /** Ids and their short names, in the order asked for. */
  readonly points: readonly { readonly id: string; readonly no: number }[];
}

/** One organisation with a building, a gateway and points of a class; written as the owner, whom no policy stops. */
export async function makeSite(
  owner: pg.ClientBase | pg.Pool,
  options: {
    readonly points?: number;
    readonly class?: string;
    readonly register?: string;
    readonly zone?: string;
  } = {},
): Promise<Site> {
  const [organisation, building, gateway] = [ids.next(), ids.next(), ids.next()];
  await owner.query("insert into organisation (id, name) values ($1, 'Baan Suan')", [organisation]);
  await owner.query("insert into building (id, organisation_id, name, zone) values ($1, $2, 'A', $3)", [
    building,
    organisation,
    options.zone ?? 'Asia/Bangkok',
  ]);
  await owner.query(
    "insert into gateway (id, organisation_id, building_id, name, kind) values ($1, $2, $3, 'basement', 'signed')",
    [gateway, organisation, building],
  );
  const points = [];
  for (let i = 0; i < (options.points ?? 1); i += 1) {
    const id = ids.next();
    const { rows } = await owner.query<{ no: number }>(
      `insert into point (id, organisation_id, gateway_id, class, register) values ($1, $2, $3, $4, $5) returning no`,
      [id, organisation, gateway, options.class ?? 'billing', options.register ?? null],
    );
    await owner.query(
      'insert into point_source (point_id, gateway_id, organisation_id) values ($1, $2, $3)',
      [id, gateway, organisation],
    );
    points.push({ id, no: rows[0]?.no ?? 0 });
  }
  return { organisation, building, gateway, points };
}
