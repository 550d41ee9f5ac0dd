import type { Config } from '../config/index.ts';
import { type GatewayDoor, loadProfiles, Pipeline, type Profiles } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import { connect } from '../platform/db/index.ts';
import type { Dependency, DependencyReport } from '../platform/http/index.ts';
import type { Logger, Metrics } from '../platform/telemetry/index.ts';
import { SiteDirectory } from '../sites/index.ts';
import type { Databases } from './databases.ts';
import { doorDependency, openGatewayDoor, probeDoor } from './gateway-door.ts';
import { probeIngest } from './ingest.probes.ts';
import type { Step } from './lifecycle.ts';

export interface IngestBase {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly databases: Databases;
}

export interface ComposedIngest {
  readonly pipeline: Pipeline;
  readonly profiles: Profiles;
  readonly directory: SiteDirectory;
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
}

const SETTING = 'database.ingestUrl';
/** Nothing was committed for so long although something waits: readings are safe at the gateways, and nowhere else. */
const STALLED_MS = 30_000;

/**
 * The pipeline on the connections of the ingest role, and, where gateways connect to this process (`door`), the broker
 * in front of it. Processes that only serve HTTP have a pipeline for what persons and other systems bring.
 */
export function composeIngest(
  base: IngestBase,
  { door: hasDoor }: { readonly door: boolean },
): ComposedIngest {
  const { clock, logger, databases } = base;
  const url = databases.urlOf('ingest');
  const pool = databases.get('ingest');
  const directory = new SiteDirectory({
    pool,
    url,
    setting: SETTING,
    clock,
    onLost: (error) =>
      logger.warn({ err: error }, 'gateways and points are asked for again until their listener is back'),
  });
  const door = hasDoor ? openGatewayDoor({ ...base, directory }) : undefined;
  const { profiles, faults } = loadProfiles(base.config.ingest.profilesFolder);
  for (const fault of faults) logger.warn(`a meter profile was left out: ${fault}`);
  const pipeline = createPipeline(base, directory, door, profiles);
  probeIngest(base.metrics, pipeline);
  if (door) probeDoor(base.metrics, door);
  return {
    pipeline,
    profiles,
    directory,
    dependencies: [ingestDependency(pipeline, clock), ...(door ? [doorDependency(door)] : [])],
    steps: [
      {
        name: 'gateway directory',
        start: async () => directory.start(),
        stop: () => directory.stop(),
      },
      ...(door
        ? [{ name: 'hub keys', startTimeoutMs: 90_000, start: () => door.prepare() } satisfies Step]
        : []),
      { name: 'ingest', start: async () => pipeline.start(), stop: () => pipeline.stop() },
      ...(door
        ? [{ name: 'mqtt', start: () => door.start(pipeline), stop: () => door.stop() } satisfies Step]
        : []),
    ],
  };
}

function createPipeline(
  { config, clock, logger, databases }: IngestBase,
  directory: SiteDirectory,
  door: GatewayDoor | undefined,
  profiles: Profiles,
): Pipeline {
  const { ingest } = config;
  return new Pipeline({
    pool: databases.get('ingest'),
    connect: () =>
      connect({ url: databases.urlOf('ingest'), setting: SETTING, applicationName: 'meterline ingest' }),
    directory,
    profiles,
    ids: createIds(clock),
    clock,
    limits: {
      memoryBytes: ingest.memoryBytes,
      gatewayMemoryBytes: ingest.gatewayMemoryBytes,
      liveRows: 5_000,
      backfillRows: 1_000,
      letters: { count: ingest.deadLetters.perGateway, bytes: ingest.deadLetters.bytesPerGateway },
      held: ingest.heldPerGateway,
      gapAfterMs: ingest.gapAfterMs,
    },
    onTrouble: quietly(logger),
    ...(door && { down: { signer: () => door.signer(), downlink: door } }),
  });
}

const TELL_EVERY_MS = 10_000;

/** A database that is away fails many times a second: told of now and then, counted always. */
function quietly(logger: Logger): (error: unknown, what: string) => void {
  const told = new Map<string, number>();
  return (error, what) => {
    const now = performance.now();
    if (now - (told.get(what) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    told.set(what, now);
    logger.warn({ err: error }, `ingest: ${what}`);
  };
}

function ingestDependency(pipeline: Pipeline, clock: Clock): Dependency {
  let waitsSince: number | undefined;
  return {
    name: 'ingest',
    async check(): Promise<DependencyReport> {
      const { messages, outside } = pipeline.load;
      const { commits } = pipeline.stats;
      const detail = `${messages + outside} messages wait, ${commits} commits`;
      const now = clock.monotonicMs();
      if (messages === 0 || pipeline.stats.hasCommittedWithin(STALLED_MS)) waitsSince = undefined;
      else waitsSince ??= now;
      const stalled = waitsSince !== undefined && now - waitsSince > STALLED_MS;
      return stalled
        ? { state: 'degraded', detail, reasons: [{ code: 'no_answer' }] }
        : { state: 'up', detail };
    },
  };
}
