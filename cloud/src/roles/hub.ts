import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuditSealer, deriveAuditKeys } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { identityEvents, identityModule, identityServices } from '../identity/index.ts';
import { directDoors, doorEvents, recordsModule } from '../ingest/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { isAppError } from '../kernel/errors.ts';
import { leaseEvents, leasesModule } from '../leases/index.ts';
import { installedHandler, type MeteringParts, meteringModule, openingHandler } from '../metering/index.ts';
import { onboardingModule } from '../onboarding/index.ts';
import { operationsModule } from '../operations/index.ts';
import type { Database } from '../platform/db/index.ts';
import { createFileStore, FileLinks, type FileStore, filesModule } from '../platform/files/index.ts';
import { createHttpServer, type Dependency, Readiness } from '../platform/http/index.ts';
import type { JobModule, JobQueue } from '../platform/queue/index.ts';
import { createMetrics, type Logger, type Metrics } from '../platform/telemetry/index.ts';
import { sitesModule } from '../sites/index.ts';
import { buildInfo, REPOSITORY_ROOT } from './build-info.ts';
import { Databases } from './databases.ts';
import {
  auditDependency,
  databaseDependency,
  filesDependency,
  outboxDependency,
  probeAudit,
  probeDatabases,
  probeOutbox,
  probeQueue,
  queueDependency,
} from './dependencies.ts';
import { directDoorParts } from './doors.ts';
import { featureJobs, toldEvents } from './features.ts';
import { openPki, pkiStep } from './gateway-door.ts';
import { identityParts, identityStep, identityWork } from './identity.ts';
import { type ComposedIngest, composeIngest } from './ingest.ts';
import { createJobQueue } from './jobs.ts';
import { fileLinkKey, masterKey } from './keys.ts';
import { leasesParts } from './leases.ts';
import { Lifecycle, type Step } from './lifecycle.ts';
import { listen } from './listen.ts';
import { meteringParts, usageStep } from './metering.ts';
import { operatorParts } from './operator-parts.ts';
import { dispatchStep, type EventRoutes } from './outbox.ts';
import { proxyWarning } from './proxy-warning.ts';
import { ROLE_PLANS, type RolePlan } from './role-plan.ts';
import { SEARCH_SOURCES } from './search.ts';
import { sitesParts } from './sites.ts';
import { openAnchors, openAppDatabase, openWorkerDatabase } from './stores.ts';

/** What features bring; a test brings its own beside them. */
export interface HubExtras {
  readonly modules?: readonly (Type | DynamicModule)[];
  readonly jobs?: readonly JobModule[];
  readonly events?: EventRoutes;
}

export interface Hub {
  readonly lifecycle: Lifecycle;
  readonly readiness: Readiness;
  /** Where it listens, once it does. */
  address(): string;
}

/** Everything that every role has. */
interface Base {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly databases: Databases;
  readonly extras: HubExtras;
}

/** What a role puts together: steps in the order of starting, dependencies for readiness, modules for the API. */
interface Composition {
  readonly steps: readonly Step[];
  /** What is made only for a hub that has found everything else it needs. */
  readonly afterHttp: readonly Step[];
  readonly dependencies: readonly Dependency[];
  readonly modules: (readiness: Readiness) => readonly (Type | DynamicModule)[];
}

/** The only place where all parts meet. Nothing is touched before `lifecycle.start()`. */
export function composeHub(config: Config, logger: Logger, extras: HubExtras = {}): Hub {
  const plan = ROLE_PLANS[config.role];
  const databases = new Databases(config.database, plan.databaseRoles, logger);
  const base: Base = {
    config,
    clock: systemClock,
    logger,
    metrics: createMetrics(config.role),
    databases,
    extras,
  };
  const ingest = plan.databaseRoles.includes('ingest') ? composeIngest(base, plan) : undefined;
  const composition = plan.databaseRoles.includes('app')
    ? composeApplication(base, plan, ingest)
    : NOTHING_MORE;
  const dependencies = [...composition.dependencies, ...(ingest?.dependencies ?? [])];
  const readiness = new Readiness([databaseDependency(databases), ...dependencies], () =>
    base.clock.monotonicMs(),
  );
  probeDatabases(base.metrics, databases);
  const http = httpStep(base, readiness, () => composition.modules(readiness));
  const database: Step = {
    name: 'database',
    // Migrations take as long as they take.
    startTimeoutMs: 3_600_000,
    start: () => databases.start(),
    stop: () => databases.stop(),
  };
  // Gateways come last and leave first: what they bring needs all of the rest.
  const gateways = [...composition.afterHttp, ...(ingest?.steps ?? [])];
  const steps = [database, ...composition.steps, http.step, ...gateways];
  const lifecycle = new Lifecycle(steps, {
    started: (name, ms) => logger.debug({ part: name, milliseconds: Math.round(ms) }, 'started'),
    stopped: (name, ms) => logger.debug({ part: name, milliseconds: Math.round(ms) }, 'stopped'),
  });
  return { lifecycle, readiness, address: http.address };
}

const NOTHING_MORE: Composition = { steps: [], afterHttp: [], dependencies: [], modules: () => [] };

/** The part of the hub that acts as the application's database role: features, files, jobs, outbox. */
function composeApplication(base: Base, plan: RolePlan, ingest: ComposedIngest | undefined): Composition {
  const { config, clock, logger, metrics, databases, extras } = base;
  const db = openAppDatabase(config, databases.get('app'), clock, logger);
  const links = new FileLinks({
    key: fileLinkKey(config.keys.master),
    clock,
    ...(config.http.publicUrl !== undefined && { publicUrl: config.http.publicUrl }),
  });
  const files = createFileStore(config.files, links);
  const doors = ingest && directDoorParts(base, { db, files, ingest });
  const metering = meteringParts(base, db, ingest?.profiles);
  const identity = identityServices(identityParts(config, db, clock));
  const adding: Pick<JobQueue, 'enqueue'> = { enqueue: (...call) => queue.enqueue(...call) };
  const leases = doors && leasesParts(doors, identity);
  const events = {
    ...doorEvents(adding),
    ...identityEvents(adding, config.mail !== undefined),
    ...(leases && leaseEvents(leases)),
  };
  const work = plan.work ? composeWork(base, files, events, metering) : undefined;
  const everybody = work?.everybody;
  const queue = createJobQueue({
    config,
    modules: [
      ...featureJobs({
        config,
        clock,
        logger,
        everybody,
        doors,
        metering,
        identity: everybody && identityWork(config, identity, everybody, clock),
      }),
      ...(extras.jobs ?? []),
    ],
    clock,
    logger,
    metrics,
  });
  probeQueue(metrics, queue);
  const operations = (readiness: Readiness) =>
    operationsModule(
      operatorParts({ config, clock, build: buildInfo(), databases, db, everybody, queue, readiness }),
      identity.gate,
    );
  const sites = sitesModule({
    ...sitesParts(config, { db, everybody, clock }),
    operatorToken: config.http.operatorToken.reveal(),
    gate: identity.gate,
    searchSources: SEARCH_SOURCES,
  });
  return {
    steps: [
      ...(plan.api ? [identityStep(identity, logger)] : []),
      filesStep(config.files, files),
      {
        name: 'jobs',
        start: () => queue.start({ work: plan.work }),
        stop: () => queue.stop({ graceMs: jobGraceMs(config.shutdown.graceMs) }),
      },
      ...(work?.steps ?? []),
    ],
    afterHttp: [pkiStep(openPki(config, db, clock), logger)],
    dependencies: [queueDependency(queue), filesDependency(files), ...(work?.dependencies ?? [])],
    modules: (readiness) => [
      operations(readiness),
      ...(plan.api
        ? [
            filesModule(files, links),
            identityModule(identity),
            sites,
            recordsModule({ db, clock }),
            ...(leases ? [leasesModule(leases)] : []),
            meteringModule(metering),
            ...(doors ? [...directDoors(doors), onboardingModule(doors)] : []),
            ...(extras.modules ?? []),
          ]
        : []),
    ],
  };
}

/** Whoever works serves all organisations: it delivers their outbox, seals their audit, and watches over both. */
function composeWork(base: Base, files: FileStore, events: EventRoutes, metering: MeteringParts) {
  const { config, logger, metrics, databases, extras } = base;
  const everybody = openWorkerDatabase(config, databases, logger);
  probeOutbox(metrics, everybody);
  const seal = sealing(base, everybody, files);
  probeAudit(metrics, everybody, seal.sealer);
  const routes = {
    ...toldEvents(logger),
    ...events,
    'reading.opening': openingHandler(metering),
    'point.installed': installedHandler(metering),
    ...extras.events,
  };
  return {
    everybody,
    steps: [
      seal.step,
      dispatchStep({ db: everybody, url: databases.urlOf('worker'), routes, logger }),
      usageStep({ parts: metering, everybody, databases, logger, metrics }),
    ],
    dependencies: [outboxDependency(everybody), auditDependency(everybody, seal.sealer)],
  };
}

/** A disk answers in milliseconds; a network share that is away would answer never. */
const FILES_START_MS = 5_000;

function filesStep(config: Config['files'], files: FileStore): Step {
  return {
    name: 'files',
    startTimeoutMs: FILES_START_MS,
    ...(config.backend === 'folder' && { waitsFor: `files.folder ${config.folder}` }),
    start: () => files.start(),
    stop: () => files.stop(),
  };
}

function sealing({ config, clock, logger }: Base, db: Database, files: FileStore) {
  const sealer = new AuditSealer({
    db,
    signer: deriveAuditKeys(masterKey(config.keys.master)).signer,
    anchors: openAnchors(config, files),
    clock,
    onError: (error) => {
      const passes = isAppError(error) ? error.retryable : true;
      logger[passes ? 'warn' : 'error']({ err: error }, 'the audit cannot be sealed as it must');
    },
    // A copy of the chain that leaves the machine with its log.
    onRound: ({ last, entries, organisations }) =>
      logger.info(
        { round: String(last.number), digest: last.digest, entries, organisations },
        'audit sealed',
      ),
  });
  const step: Step = {
    name: 'audit sealer',
    start: async () => sealer.start(),
    stop: () => sealer.stop(),
  };
  return { sealer, step };
}

/** Jobs that do not end are given back to the queue, which takes a moment that must lie within the grace. */
const jobGraceMs = (graceMs: number): number => Math.max(0, graceMs - Math.min(4_500, graceMs / 2));

@Module({})
class RootModule {}

function httpStep(
  { config, logger, metrics }: Base,
  readiness: Readiness,
  modules: () => readonly (Type | DynamicModule)[],
): { step: Step; address: () => string } {
  let app: NestFastifyApplication | undefined;
  let address = '';
  return {
    address: () => address,
    step: {
      name: 'http',
      async start() {
        const { operatorToken, ...http } = config.http;
        app = await createHttpServer({
          http: { ...http, operatorToken: operatorToken.reveal() },
          version: buildInfo().version,
          module: { module: RootModule, imports: [...modules()] },
          readiness,
          logger,
          metrics,
          ...(ROLE_PLANS[config.role].api && {
            dashboardFolder: join(REPOSITORY_ROOT, 'dashboard/web/dist'),
          }),
        });
        address = await listen(app, http.host, http.port);
        const warning = proxyWarning(config.http);
        if (warning !== undefined) logger.warn(warning);
      },
      stop: async () => app?.close(),
    },
  };
}
