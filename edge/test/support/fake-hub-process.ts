import { writeSync } from 'node:fs';
import { gatewayOf } from '../journal-support.ts';
import { FakeHub, verifierFor } from './fake-hub.ts';

/** The fake hub in a process of its own, so that its work is not counted as the gateway's. Ends with its parent. */
const [url = '', seed = '', hubSeed = ''] = process.argv.slice(2);
const { gateway, signer } = gatewayOf(seed);
const hub = new FakeHub({
  url,
  signer: gatewayOf(hubSeed).signer,
  gateways: new Map([[gateway, [verifierFor(signer)]]]),
  keepReadings: false,
});
await hub.start();
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);
say({ ready: true });
setInterval(() => {
  const { store, refused, bytes } = hub;
  const { rows, repeats, doubled, clones, conflicts } = store;
  say({ rows, repeats, bytes, faults: [...doubled, ...clones, ...conflicts, ...refused].slice(0, 5) });
}, 250);
process.stdin.on('end', () => process.exit(0)).resume();
