import { type Acknowledged, acknowledgeLoss, deriveAuditKeys } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { systemClock } from '../kernel/clock.ts';
import { PLATFORM } from '../platform/db/index.ts';
import { createLogger } from '../platform/telemetry/index.ts';
import { Databases } from './databases.ts';
import { masterKey } from './keys.ts';
import { filesOf, openAnchors, openAppDatabase, openWorkerDatabase } from './stores.ts';

/** An operator accepts a loss of audit history: noted with the files, and in the audit itself. */
export async function acknowledge(config: Config, reason: string): Promise<Acknowledged | undefined> {
  const clock = systemClock;
  const logger = createLogger({ level: 'silent', format: 'json', secrets: [] });
  const databases = new Databases({ ...config.database, migrateOnStart: false }, ['app', 'worker'], logger);
  const files = filesOf(config);
  try {
    await databases.start();
    await files.start();
    const accepted = await acknowledgeLoss({
      db: openWorkerDatabase(config, databases, logger),
      anchors: openAnchors(config, files),
      signer: deriveAuditKeys(masterKey(config.keys.master)).signer,
      clock,
      reason,
    });
    if (!accepted) return undefined;
    const app = openAppDatabase(config, databases.get('app'), clock, logger);
    const actor = { kind: 'operator', id: 'cli' };
    await app.transaction({ organisation: PLATFORM, actor }, (tx) =>
      tx.audit.append({
        action: 'audit.loss_acknowledged',
        subject: { type: 'audit_round', id: String(accepted.last.number) },
        reason,
      }),
    );
    return accepted;
  } finally {
    await files.stop();
    await databases.stop();
  }
}
