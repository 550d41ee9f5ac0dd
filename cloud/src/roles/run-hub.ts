import type { Config } from '../config/index.ts';
import { collectSecrets, secretStrings } from '../config/index.ts';
import { createLogger, type Logger, LogHold } from '../platform/telemetry/index.ts';
import { composeHub, type HubExtras } from './hub.ts';
import type { StopReport } from './lifecycle.ts';

export interface RunOptions {
  readonly exitWithParent?: boolean;
  /** Shows also what was logged by a start that then failed; `log.level` debug does too. */
  readonly verbose?: boolean;
  readonly extras?: HubExtras;
}

export type HubEnd = { readonly kind: 'stopped' } | { readonly kind: 'hung'; readonly what: string };

const FATAL_EXIT = 70;
/** What a failed start still has to let go of is little. */
const FAILED_START_GRACE_MS = 5_000;

/** Runs until a signal, the end of the parent, or a failed start, which rejects with its reason. */
export async function runHub(config: Config, options: RunOptions = {}): Promise<HubEnd> {
  const secrets = collectSecrets(config).flatMap(secretStrings);
  const showAll = options.verbose || config.log.level === 'debug' || config.log.level === 'trace';
  const hold = showAll ? undefined : new LogHold();
  const logger = createLogger({ ...config.log, secrets, hold });
  const asked = stopRequests(logger, options.exitWithParent ?? false);
  exitOnFault(logger);
  const hub = composeHub(config, logger, options.extras);
  const failure = hub.lifecycle.start().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const first = await Promise.race([failure, asked]);
  if (typeof first === 'object') {
    await hub.lifecycle.stop(FAILED_START_GRACE_MS);
    throw first.error;
  }
  hold?.release();
  if (first === undefined) logger.info({ role: config.role, address: hub.address() }, 'ready');
  logger.info({ reason: await asked }, 'stopping');
  hub.readiness.drain();
  return conclude(await hub.lifecycle.stop(config.shutdown.graceMs), config.shutdown.graceMs, logger);
}

function conclude(report: StopReport, graceMs: number, logger: Logger): HubEnd {
  for (const { name, error } of report.failed)
    logger.error({ err: error, part: name }, 'a part failed while stopping');
  const [first, ...others] = report.hung;
  if (first === undefined) {
    logger.info('stopped');
    return { kind: 'stopped' };
  }
  const behind = others.length > 0 ? `, and so not ${others.join(', ')}` : '';
  return { kind: 'hung', what: `${first} did not stop within ${graceMs} ms${behind}` };
}

/** Resolves with the reason at the first request to stop; a second signal ends the process at once. */
function stopRequests(logger: Logger, exitWithParent: boolean): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const [signal, number] of [
      ['SIGTERM', 15],
      ['SIGINT', 2],
    ] as const) {
      process.on(signal, () => {
        if (asked) {
          logger.warn({ signal }, 'asked a second time: ending at once');
          process.exit(128 + number);
        }
        asked = true;
        resolve(signal);
      });
    }
    if (!exitWithParent) return;
    // The parent holds the other end: it closes when the parent ends, however it ends.
    for (const event of ['end', 'close', 'error'] as const)
      process.stdin.on(event, () => resolve('the parent ended'));
    process.stdin.resume();
  });
}

/** Nobody knows what state the process is in: one line, and out. The supervisor starts a fresh one. */
function exitOnFault(logger: Logger): void {
  const exit = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, what);
    process.exit(FATAL_EXIT);
  };
  process.on('uncaughtException', exit('uncaught exception'));
  process.on('unhandledRejection', exit('unhandled rejection'));
}
