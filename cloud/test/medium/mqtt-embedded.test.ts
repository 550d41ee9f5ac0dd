import { startEmbedded } from '../support/mqtt.ts';
import { doorSuite } from './mqtt-door-suite.ts';

doorSuite('embedded', async (stage, authority) => {
  const door = await startEmbedded(authority, stage.handlers);
  return {
    door,
    port: door.ports.secure ?? 0,
    revoke: async ({ fingerprint }) => {
      const name = stage.known.get(fingerprint) ?? '';
      stage.known.delete(fingerprint);
      door.disconnect(name, 'revoked');
    },
    stop: () => door.stop(),
  };
});
