/** Bounds of version 1. A message beyond one of them is refused whole, never cut. */
export const LIMITS = {
  /** One MQTT payload as sent. */
  payloadBytes: 1_048_576,
  /** The same after inflating. */
  inflatedBytes: 4_194_304,
  /** The signed line of a batch; its body is not part of it. */
  headBytes: 65_536,
  jsonDepth: 24,
  readingsPerBatch: 5_000,
  pointsPerBatch: 2_000,
  leavesPerBatch: 4_096,
  leafBytes: 1_024,
  recordsPerBatch: 500,
  /** Sequence numbers between the first and the last of one batch, holes included. */
  sequenceSpan: 1_000_000,
  rangesPerBatch: 2_500,
  rangesPerReceipt: 1_000,
  journalsPerReceipt: 16,
  simpleReadings: 500,
  metersPerGateway: 500,
  pointsPerMeter: 64,
  /** Of a journal: a thousand readings a second for thirty years. */
  sequence: 1_000_000_000_000,
  /** More goes into several records, so that no single one hides a journal. */
  droppedPerRecord: 1_000_000,
  /** From a boundary to any reading of its sweep, before or after. */
  sweepMs: 900_000,
  /** From a boundary to the other reading that its value is interpolated from. */
  bracketMs: 86_400_000,
  /** Of any clock that calls itself synchronised: a crystal left alone for a century. */
  uncertaintyMs: 86_400_000,
  /** Of the clock of a boundary batch: beyond it nobody can say which quarter hour it was. */
  boundaryUncertaintyMs: 900_000,
} as const;

/** A reading further ahead of the hub's clock is held, not stored. */
export const MAX_AHEAD_MS = 5 * 60_000;

/** Not receipted for this long: sent again, with back-off. */
export const RESEND_AFTER_MS = 30_000;

/** Between two operations of one relay or valve. */
export const MIN_SWITCH_INTERVAL_MS = 60_000;
