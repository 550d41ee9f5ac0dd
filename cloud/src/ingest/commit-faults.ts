import { isAppError } from '../kernel/errors.ts';
import { errorCode } from '../platform/db/index.ts';

/**
 * `away`: no connection; nothing is known of the messages, and they wait. `again`: the same may well succeed when
 * tried again. `poison`: the database, or our own code, will not take one of the messages.
 */
export type CommitFault = 'away' | 'again' | 'poison';

/** Serialization, deadlock, lock and statement timeouts, and a server that is out of room. */
const AGAIN = /^(40001|40P01|55P03|57014|53|54000|58)/;
/** Connection broke, server stops or starts, or ended an idle transaction. */
const AWAY = /^(08|57P|25P0[34]|E[A-Z]+$)/;

export function faultOf(error: unknown): CommitFault {
  if (isAppError(error, 'database_unreachable')) return 'away';
  const code = errorCode(error);
  if (code !== undefined && AWAY.test(code)) return 'away';
  if (code !== undefined && AGAIN.test(code)) return 'again';
  const text = error instanceof Error ? error.message : '';
  if (code === undefined && /connection|terminated|not queryable|timeout/i.test(text)) return 'away';
  return 'poison';
}

/** What a person reads at the letter: never a value, which could be anything. */
export function poisonDetail(error: unknown): string {
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  return `could not be stored${code === undefined ? '' : ` (${code})`}: ${text}`;
}
