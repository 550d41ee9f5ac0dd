import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { HUB_FILTERS } from '@meterline/contracts';
import type { Config } from '../../config/index.ts';
import type { Clock } from '../../kernel/clock.ts';
import {
  type BrokerPlace,
  createBrokerClient,
  createEmbeddedBroker,
  type EmbeddedBroker,
  type MqttDoor,
  type MqttDoorHandlers,
  mqttError,
  type TlsMaterial,
} from '../../platform/mqtt/index.ts';
import type { DoorKeys } from '../../platform/pki/index.ts';
import type { Logger } from '../../platform/telemetry/index.ts';
import { embeddedLimits, PACKET_BYTES } from './door-limits.ts';
import { gatewayOf } from './gateway-access.ts';

export type MqttConfig = Exclude<Config['mqtt'], { backend: 'none' }>;

export interface OpenBroker {
  readonly door: MqttDoor;
  /** Of the embedded broker: takes a renewed certificate. */
  readonly useKeys: (keys: DoorKeys) => void;
  readonly ports: EmbeddedBroker['ports'];
}

/** One of the two, as the configuration says. */
export function openBroker(
  config: MqttConfig,
  keys: DoorKeys,
  handlers: MqttDoorHandlers,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): OpenBroker {
  if (config.backend === 'embedded') {
    const { host, port, plainPort } = config;
    const door = createEmbeddedBroker(
      {
        secure: { host, port, tls: tlsOf(keys) },
        ...(plainPort !== undefined && { plain: { port: plainPort } }),
        limits: embeddedLimits(config),
        ownerOf: gatewayOf,
        logger,
        clock,
      },
      handlers,
    );
    return { door, useKeys: (next) => door.useTls(tlsOf(next)), ports: door.ports };
  }
  const door = createBrokerClient(
    {
      place: placeOf(config, keys),
      clientId: `meterline-${
        config.clientId ??
        hostname()
          .replace(/[^\w.-]/g, '-')
          .slice(0, 48)
      }`,
      // A name that somebody has given is given again; a host name may be that of a container.
      comesBack: config.clientId !== undefined,
      group: config.group,
      // Live values are for whoever watches; nobody here does.
      filters: [HUB_FILTERS[0]],
      consumers: config.consumers,
      packetBytes: PACKET_BYTES,
      startMs: 10_000,
      logger,
    },
    handlers,
  );
  return { door, useKeys: () => {}, ports: {} };
}

function tlsOf({ server, authority }: DoorKeys): TlsMaterial {
  return {
    cert: server.certificate.toString(),
    key: server.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ca: authority.toString(),
  };
}

/** User and password are taken out of the URL, so that no library prints them. */
function placeOf({ url, caFile }: Extract<MqttConfig, { backend: 'broker' }>, keys: DoorKeys): BrokerPlace {
  const parsed = new URL(url.reveal());
  const { username, password } = parsed;
  parsed.username = parsed.password = '';
  return {
    url: parsed.href,
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(parsed.protocol === 'mqtts:' && {
      ca: caFile === undefined ? keys.authority.toString() : read(caFile),
    }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `mqtt.caFile: ${file} cannot be read`;
    throw mqttError('mqtt_broker_refused', { message, cause });
  }
}
