export { type BrokerClientOptions, createBrokerClient } from './broker-client.ts';
export type { BrokerPlace } from './broker-line.ts';
export {
  createEmbeddedBroker,
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  type EmbeddedLimits,
} from './embedded-broker.ts';
export type { TlsMaterial } from './listener.ts';
export { type MosquittoOptions, mosquittoFiles } from './mosquitto-config.ts';
export { mqttError } from './mqtt.errors.ts';
export type * from './mqtt-door.ts';
