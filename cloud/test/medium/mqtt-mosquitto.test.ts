import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClient, startGeneratedMosquitto, type TestAuthority } from '../support/mqtt.ts';
import { doorSuite, type Running, type Stage } from './mqtt-door-suite.ts';
import { programsSuite } from './mqtt-programs-suite.ts';

async function start(stage: Stage, authority: TestAuthority): Promise<Running> {
  const mosquitto = await startGeneratedMosquitto(authority);
  const door = await startClient(mosquitto, stage.handlers);
  return {
    door,
    port: mosquitto.port,
    revoke: async ({ serial }) => {
      authority.revoked.push({ serial, at: new Date() });
      writeFileSync(join(mosquitto.folder, 'crl.pem'), await authority.crl());
      await mosquitto.reload();
    },
    stop: async () => {
      await door.stop();
      await mosquitto.stop();
    },
  };
}

doorSuite('mosquitto', start);
// It takes certificates and nothing else.
programsSuite('mosquitto', ['certificate'], start);
