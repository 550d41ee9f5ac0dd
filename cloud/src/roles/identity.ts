import { randomBytes } from 'node:crypto';
import type { Config } from '../config/index.ts';
import {
  deriveIdentityKeys,
  ExpiryService,
  type IdentityParts,
  type IdentityServices,
  identityServices,
  LinkMailService,
  type PersonRecords,
} from '../identity/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import { leaseRecords } from '../leases/index.ts';
import type { Database } from '../platform/db/index.ts';
import { openMailer } from '../platform/mail/index.ts';
import { KeyVault } from '../platform/pki/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import type { IdentityWork } from './features.ts';
import { masterKey } from './keys.ts';
import type { Step } from './lifecycle.ts';
import { type SitesAtHand, withSites } from './sites.ts';
import type { AppDatabase } from './stores.ts';

/** What the features keep about people, for whoever asks for a copy of it or to be forgotten. */
const PERSON_RECORDS: readonly PersonRecords[] = [leaseRecords];

/** What identity needs of the hub. */
export function identityParts(config: Config, db: AppDatabase, clock: Clock): IdentityParts {
  const master = masterKey(config.keys.master);
  return {
    db,
    clock,
    ids: createIds(clock),
    random: randomBytes,
    keys: deriveIdentityKeys(master),
    vault: new KeyVault(master),
    publicUrl: config.http.publicUrl,
    operatorToken: config.http.operatorToken.reveal(),
    records: PERSON_RECORDS,
    sendsMail: config.mail !== undefined,
  };
}

const ROTATE_EVERY_MS = 15 * 60_000;
const COUNTED_EVERY_MS = 60_000;

/**
 * Every process that serves the API sees to it that a key signs (the first one makes it), that limits are swept, and that
 * refusals which were only counted come into the audit.
 */
export function identityStep(
  { tokens, limiter, refusals, trailing }: IdentityServices,
  logger: Logger,
): Step {
  const timers: NodeJS.Timeout[] = [];
  const turn = async () => {
    await tokens.rotate();
    await limiter.sweep();
  };
  const repeat = (work: () => Promise<void>, everyMs: number, trouble: string) => {
    const timer = setInterval(() => {
      work().catch((error: unknown) => logger.warn({ err: error }, trouble));
    }, everyMs);
    timers.push(timer.unref());
  };
  return {
    name: 'identity',
    async start() {
      await turn();
      repeat(turn, ROTATE_EVERY_MS, 'access keys could not be renewed');
      repeat(() => refusals.flush(), COUNTED_EVERY_MS, 'counted refusals could not be written');
      repeat(() => trailing.settled(), COUNTED_EVERY_MS, 'links that were asked for could not be made');
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await trailing.settled().catch((error: unknown) => {
        logger.warn({ err: error }, 'links that were asked for could not be made');
      });
      await refusals.flush();
    },
  };
}

/** Identity without a hub: straight on the database, for the command line. */
export function withIdentity<T>(
  config: Config,
  work: (identity: IdentityServices, at: SitesAtHand) => Promise<T>,
): Promise<T> {
  return withSites(config, (at) => work(identityServices(identityParts(config, at.db, systemClock)), at));
}

/** What identity does in the background: what has served its time goes, and links are sent. */
export function identityWork(
  config: Config,
  { forget, account, people }: IdentityServices,
  everybody: Database,
  clock: Clock,
): IdentityWork {
  const { mail, retention } = config;
  const mailer = mail && openMailer({ url: mail.url.reveal(), from: mail.from });
  return {
    expiry: new ExpiryService({ everybody, forget, keep: retention, clock }),
    linkMail: mailer && new LinkMailService({ account, people, mailer }),
  };
}
