import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClient, startGeneratedMosquitto } from '../support/mqtt.ts';
import { doorSuite } from './mqtt-door-suite.ts';

doorSuite('mosquitto', async (stage, authority) => {
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
});
