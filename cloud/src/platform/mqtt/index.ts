export {
  createEmbeddedBroker,
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  type EmbeddedLimits,
} from './embedded-broker.ts';
export type { TlsMaterial } from './listener.ts';
export { mqttError } from './mqtt.errors.ts';
export type * from './mqtt-door.ts';
