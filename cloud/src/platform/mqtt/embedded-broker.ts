import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../telemetry/index.ts';
import { AedesDoor } from './aedes-door.ts';
import type { GateLimits } from './gate.ts';
import type { ListenerLimits, TlsMaterial } from './listener.ts';
import type { MqttDoor, MqttDoorHandlers } from './mqtt-door.ts';
import type { OwnerOf, SessionStoreLimits } from './session-store.ts';

export interface EmbeddedLimits extends GateLimits, ListenerLimits, SessionStoreLimits {
  /** Of one client, over all its connections. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Of large packets that all clients together may have under way. */
  readonly largeBytes: number;
  readonly keepaliveSeconds: number;
  readonly subscriptions: number;
  /** Of one client: two with one id throw each other out. */
  readonly connectsPerMinute: number;
}

export interface EmbeddedBrokerOptions {
  readonly secure?: { readonly host: string; readonly port: number; readonly tls: TlsMaterial };
  /** On the loopback only, for what cannot speak TLS; it takes tokens and nothing else. */
  readonly plain?: { readonly port: number };
  readonly limits: EmbeddedLimits;
  readonly ownerOf: OwnerOf;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface EmbeddedBroker extends MqttDoor {
  /** Where it listens, once it does. */
  readonly ports: { readonly secure?: number; readonly plain?: number };
  /** A renewed certificate, for those who connect from now on. */
  useTls(material: TlsMaterial): void;
}

/** A broker inside of the hub: MQTT 3.1.1, one process, sessions in memory. Its PUBACK says that a commit has happened. */
export function createEmbeddedBroker(
  options: EmbeddedBrokerOptions,
  handlers: MqttDoorHandlers,
): EmbeddedBroker {
  return new AedesDoor(options, handlers);
}
