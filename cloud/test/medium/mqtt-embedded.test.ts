import { startEmbedded, type TestAuthority } from '../support/mqtt.ts';
import { doorSuite, type Running, type Stage } from './mqtt-door-suite.ts';
import { programsSuite } from './mqtt-programs-suite.ts';

async function start(stage: Stage, authority: TestAuthority): Promise<Running> {
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
}

doorSuite('embedded', start);
programsSuite('the embedded broker', ['certificate', 'token'], start);
