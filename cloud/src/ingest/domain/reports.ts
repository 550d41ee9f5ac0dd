import type { ConfigReport, Status } from '@meterline/contracts';

type Order = NonNullable<Status['order']>;

/** Where a message stands among those of its gateway. */
export interface Placed {
  readonly at: number | null;
  readonly order?: Order | undefined;
}

/**
 * Is the other one later? By time where both know it, else by journal, boot and place within the boot. Journals are
 * named by ids that sort by time. What cannot be compared is taken: the newest word is worth more than none.
 */
export function isLater(known: Placed, other: Placed): boolean {
  if (known.at !== null && other.at !== null) return other.at > known.at;
  const [a, b] = [known.order, other.order];
  if (!a || !b) return true;
  if (a.journal !== b.journal) return b.journal > a.journal;
  return b.boot !== a.boot ? b.boot > a.boot : b.n > a.n;
}

/** The latest that a gateway said of itself. */
export interface GatewayState {
  readonly status?: Status;
  readonly connected: boolean;
  readonly statusReceivedAt?: number;
  readonly configReport?: ConfigReport;
  readonly configReceivedAt?: number;
}

/** Undefined when it changes nothing: it was sent again, came late, or ends a session that is over. */
export function withStatus(
  state: GatewayState,
  status: Status,
  receivedAt: number,
): GatewayState | undefined {
  const known = state.status;
  if (status.is.state === 'gone')
    return state.connected && known?.session === status.session ? { ...state, connected: false } : undefined;
  if (known && !isLater(known, status)) return undefined;
  return { ...state, status, connected: true, statusReceivedAt: receivedAt };
}

export function withConfigReport(
  state: GatewayState,
  report: ConfigReport,
  receivedAt: number,
): GatewayState | undefined {
  if (state.configReport && !isLater(state.configReport, report)) return undefined;
  return { ...state, configReport: report, configReceivedAt: receivedAt };
}
