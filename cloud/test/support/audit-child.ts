// A sealer in a process of its own, to be killed while it seals.

import { AuditSealer, deriveAuditKeys } from '../../src/audit/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';

const [, , url = '', master = ''] = process.argv;
const pool = createPool({ url, setting: 'database.workerUrl' });
const db = new Database({ pool, url, servesAll: true, stores: {}, onHookError: () => {} });
const { signer } = deriveAuditKeys(Buffer.from(master, 'base64'));
const sealer = new AuditSealer({
  db,
  signer,
  clock: systemClock,
  batchSize: 20,
  pollMs: 50,
  onError: (error) => process.stderr.write(`${error}\n`),
  metrics: { sealed: () => process.stdout.write('.') },
});
sealer.start();
