import { hostname } from 'node:os';
import type { Config } from '../config/index.ts';
import { countRefusals, GatewayDoor, type RefusalCount, signingName } from '../ingest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Database } from '../platform/db/index.ts';
import type { Dependency } from '../platform/http/index.ts';
import type { MqttDoorStats } from '../platform/mqtt/index.ts';
import { KeyVault, loadDoorKeys, Pki } from '../platform/pki/index.ts';
import type { Logger, Metrics, Sample } from '../platform/telemetry/index.ts';
import type { GatewayDirectory } from '../sites/index.ts';
import type { Databases } from './databases.ts';
import { masterKey } from './keys.ts';
import type { Step } from './lifecycle.ts';

const RENEW_EVERY_MS = 6 * 3_600_000;

/** The hub's own certification authority. Of the application's role: the role of the ingest has no key of it. */
export function openPki(config: Config, db: Database, clock: Clock): Pki {
  return new Pki(db, {
    vault: new KeyVault(masterKey(config.keys.master)),
    clock,
    serverNames: serverNames(config),
    signingName,
  });
}

/** Every process that may, sees to it that the hub has its certificates: the first one makes them, all renew them. */
export function pkiStep(pki: Pki, logger: Logger): Step {
  let timer: NodeJS.Timeout | undefined;
  const ensure = async () => {
    for (const purpose of await pki.ensure()) logger.info({ purpose }, 'a key of the hub was made');
  };
  return {
    name: 'certificates',
    async start() {
      await ensure();
      timer = setInterval(() => {
        ensure().catch((error: unknown) => logger.warn({ err: error }, 'certificates could not be renewed'));
      }, RENEW_EVERY_MS);
      timer.unref();
    },
    stop: async () => clearInterval(timer),
  };
}

export interface GatewayDoorParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly databases: Databases;
  readonly directory: GatewayDirectory;
}

/** Undefined where no gateways connect. Prepare it before the pipeline starts, start it after. */
export function openGatewayDoor(parts: GatewayDoorParts): GatewayDoor | undefined {
  const { config, clock, logger, databases, directory } = parts;
  if (config.mqtt.backend === 'none') return undefined;
  const vault = new KeyVault(masterKey(config.keys.master));
  const loadKeys = () => loadDoorKeys(databases.get('ingest'), vault, clock);
  const counts = (each: readonly RefusalCount[]) =>
    countRefusals(databases.get('ingest'), each, clock.now().epochMilliseconds);
  return new GatewayDoor({ config: config.mqtt, directory, loadKeys, clock, logger, countRefusals: counts });
}

/** Without it readings wait at the gateways, which keep them; the rest of the hub goes on. */
export function doorDependency(door: GatewayDoor): Dependency {
  return {
    name: 'mqtt',
    async check() {
      const stats = door.stats();
      if (!stats?.open)
        return {
          state: 'degraded',
          detail: 'gateways cannot connect',
          reasons: [{ code: 'unreachable' }],
        };
      return { state: 'up', detail: `${stats.connections} connected` };
    },
  };
}

export function probeDoor(metrics: Metrics, door: GatewayDoor): void {
  const gauge = (name: string, help: string, read: (stats: MqttDoorStats) => number) =>
    metrics.probe(name, help, [], () => {
      const stats = door.stats();
      return stats ? [{ value: read(stats) }] : [];
    });
  gauge('meterline_mqtt_connections', 'Gateways connected, or consumers at the broker', (s) => s.connections);
  gauge('meterline_mqtt_sessions', 'Gateways that messages are kept for', (s) => s.sessions);
  gauge('meterline_mqtt_in_flight', 'Messages that wait for their commit', (s) => s.inFlight);
  gauge('meterline_mqtt_received', 'Messages acknowledged since the start', (s) => s.received);
  gauge('meterline_mqtt_received_bytes', 'Bytes of them', (s) => s.receivedBytes);
  gauge('meterline_mqtt_unacknowledged', 'Messages that could not be stored when they came', (s) => s.failed);
  gauge('meterline_mqtt_published', 'Messages to gateways since the start', (s) => s.published);
  gauge('meterline_mqtt_unpublished', 'Messages to gateways that were given up', (s) => s.unpublished);
  metrics.probe('meterline_mqtt_refused', 'What was turned away since the start', ['reason'], () =>
    Object.entries(door.stats()?.refused ?? {}).map(
      ([reason, value]): Sample => ({ labels: { reason }, value }),
    ),
  );
}

/** Under which gateways may reach the broker: the public address first, and whatever this machine is called. */
function serverNames({ mqtt }: Config): readonly string[] {
  const names = ['localhost', '127.0.0.1', '::1'];
  if (mqtt.backend === 'none') return names;
  const publicName =
    mqtt.publicUrl === undefined ? [] : [new URL(mqtt.publicUrl).hostname.replace(/^\[(.*)\]$/, '$1')];
  const host = mqtt.backend === 'embedded' && !['0.0.0.0', '::'].includes(mqtt.host) ? [mqtt.host] : [];
  const machine = /^[A-Za-z0-9.-]{1,253}$/.test(hostname()) ? [hostname()] : [];
  return [...new Set([...publicName, ...machine, ...host, ...names].map((name) => name.toLowerCase()))];
}
