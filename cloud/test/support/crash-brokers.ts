import type { IClientOptions } from 'mqtt';
import { freePort } from '../../../scripts/stack/process.ts';
import type { Env } from './hub-process.ts';
import { HUB_USER, startGeneratedMosquitto, TestAuthority } from './mqtt.ts';

/** A broker for a test that kills things: what the hub is told of it, and how a gateway comes in. */
export interface CrashBroker {
  readonly env: Env;
  place(gateway: string): Promise<{ readonly url: string; readonly options: IClientOptions }>;
  /** Ends the broker as a power cut would, and starts it again on its data. The embedded one dies with the hub. */
  readonly killAndRestart?: () => Promise<void>;
  stop(): Promise<void>;
}

export async function embeddedForCrash(): Promise<CrashBroker> {
  const port = await freePort();
  return {
    env: {
      METERLINE_MQTT__BACKEND: 'embedded',
      METERLINE_MQTT__PORT: '0',
      METERLINE_MQTT__PLAIN_PORT: String(port),
    },
    place: async () => ({ url: `mqtt://127.0.0.1:${port}`, options: {} }),
    stop: async () => {},
  };
}

/** With the files that the hub generates: gateways by certificate, the hub by password, what waits kept on disk. */
export async function mosquittoForCrash(): Promise<CrashBroker> {
  const authority = await TestAuthority.create();
  const mosquitto = await startGeneratedMosquitto(authority);
  const url = new URL(mosquitto.hubUrl);
  url.username = HUB_USER;
  url.password = mosquitto.password;
  return {
    env: {
      METERLINE_MQTT__BACKEND: 'broker',
      METERLINE_MQTT__URL: url.href,
      METERLINE_MQTT__CLIENT_ID: 'hub-that-crashes',
    },
    async place(gateway) {
      const { cert, key } = await authority.client(gateway);
      return { url: `mqtts://127.0.0.1:${mosquitto.port}`, options: { ca: authority.ca, cert, key } };
    },
    killAndRestart: () => mosquitto.killAndRestart(),
    stop: () => mosquitto.stop(),
  };
}
