import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { loadProfiles, Pipeline } from '../../src/ingest/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { registerEpochs } from '../../src/metering/index.ts';
import { connect } from '../../src/platform/db/index.ts';
import { createFileStore, FileLinks, type FileStore } from '../../src/platform/files/index.ts';
import {
  InstallationsService,
  MetersService,
  PlacesService,
  SiteDirectory,
  SitesService,
} from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';
import { LIMITS } from './ingest-stage.ts';
import { type OpenSites, openSites } from './sites.ts';

export const BY = { actor: { kind: 'operator', id: 'test' } };
export const OPERATOR = 'operator-token-0123456789abcdef';
const POWER = 'eastron-sdm120m@1';
const WATER = 'xintai-water@1';

/** A house with rooms, each with a meter of electricity and one of water. */
export interface House {
  readonly organisation: string;
  readonly building: string;
  readonly rooms: readonly Room[];
}

export interface Room {
  readonly name: string;
  readonly power: string;
  readonly water: string;
}

/** What the doors for people and other systems stand on: database, pipeline, files; all real. */
export class DoorStage {
  readonly db: FreshDatabase;
  readonly ground: OpenSites;
  readonly sites: SitesService;
  readonly places: PlacesService;
  readonly installations: InstallationsService;
  readonly meters: MetersService;
  readonly files: FileStore;
  readonly pipeline: Pipeline;
  readonly #directory: SiteDirectory;
  readonly #folder: string;

  private constructor(db: FreshDatabase, folder: string, files: FileStore) {
    this.db = db;
    this.ground = openSites(db);
    this.sites = new SitesService(this.ground.parts);
    this.places = new PlacesService(this.ground.parts);
    this.installations = new InstallationsService(this.ground.parts);
    this.meters = new MetersService(this.ground.parts);
    this.files = files;
    this.#folder = folder;
    const { ingest } = this.ground.pools;
    const setting = 'database.ingestUrl';
    this.#directory = new SiteDirectory({
      pool: ingest,
      url: db.ingestUrl,
      setting,
      clock: systemClock,
      onLost: () => {},
    });
    this.pipeline = new Pipeline({
      pool: ingest,
      connect: () => connect({ url: db.ingestUrl, setting }),
      directory: this.#directory,
      profiles: loadProfiles().profiles,
      ids: createIds(systemClock),
      clock: systemClock,
      limits: LIMITS,
      onTrouble: () => {},
    });
  }

  static async open(layer: 'plain' | 'timescale' = 'plain'): Promise<DoorStage> {
    const folder = await mkdtemp(join(tmpdir(), 'meterline-doors-'));
    const links = new FileLinks({ key: new Uint8Array(32).fill(9), clock: systemClock });
    const files = createFileStore({ backend: 'folder', folder, maxBytes: 100_000_000 }, links);
    await files.start();
    const stage = new DoorStage(await freshDatabase({ layer }), folder, files);
    stage.#directory.start();
    stage.pipeline.start();
    return stage;
  }

  async close(): Promise<void> {
    await this.pipeline.stop();
    await this.#directory.stop();
    await this.ground.close();
    await this.files.stop();
    await this.db.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get folder(): string {
    return this.#folder;
  }

  get parts() {
    const { db, ids, clock } = this.ground.parts;
    return {
      db,
      ids,
      clock,
      files: this.files,
      intake: this.pipeline,
      profiles: loadProfiles().profiles,
      epochsOf: registerEpochs,
    };
  }

  async addHouse(rooms: readonly string[], name = 'Baan Suan'): Promise<House> {
    const organisation = (await this.sites.addOrganisation({ name }, BY)).id;
    const building = (await this.sites.addBuilding(organisation, { name: 'A', zone: 'Asia/Bangkok' }, BY)).id;
    const from = Temporal.Instant.from('2020-01-01T00:00:00Z');
    const added: Room[] = [];
    for (const room of rooms) {
      const place = { building, parent: null, name: room, kind: 'room' };
      const at = (await this.places.addPlace(organisation, place, BY)).id;
      const meter = async (kind: string, profile: string, register: string) => {
        const given = { building, label: `${kind}-${room}`, role: 'sub', profile, serial: `${kind}${room}` };
        const { id } = await this.meters.addMeter(organisation, given, BY);
        const point = { class: 'billing', meter: id, register: `${profile}/${register}` };
        const added = await this.meters.addPoint(organisation, point, BY);
        await this.installations.install(organisation, { point: added.id, meter: id, place: at, from }, BY);
        return added.id;
      };
      added.push({
        name: room,
        power: await meter('E', POWER, 'energy_import_total'),
        water: await meter('W', WATER, 'volume_forward_total'),
      });
    }
    return { organisation, building, rooms: added };
  }

  async rows<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.ground.pools.owner.query(text, [...values])).rows as Row[];
  }

  /** `point at count` of every reading of a house, in order. */
  async readings(): Promise<string[]> {
    const rows = await this.rows<{ id: string; at: Temporal.Instant; count: bigint }>(
      'select p.id, r.at, r.count from reading_billing r join point p on p.no = r.point order by p.no, r.at',
    );
    return rows.map(({ id, at, count }) => `${id} ${at} ${count}`);
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.rows<{ n: number }>(`select count(*)::int as n from ${table} where ${where}`);
    return row?.n ?? -1;
  }
}
