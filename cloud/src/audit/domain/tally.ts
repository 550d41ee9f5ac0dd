/** How many refusals of one kind stood for themselves in this hour, and how many were only counted. */
export interface Tally {
  readonly endsAtMs: number;
  readonly written: number;
  readonly counted: number;
}

const WINDOW_MS = 3_600_000;
/** Enough to see what somebody was after; a flood says no more than its number. */
export const WRITTEN_FIRST = 10;

export function tallyStep(tally: Tally | undefined, nowMs: number): { tally: Tally; write: boolean } {
  const current =
    tally && nowMs < tally.endsAtMs ? tally : { endsAtMs: nowMs + WINDOW_MS, written: 0, counted: 0 };
  // What was counted in the hour before and has not been written yet comes along.
  const counted = current === tally ? tally.counted : (tally?.counted ?? 0);
  if (current.written < WRITTEN_FIRST)
    return { tally: { ...current, counted, written: current.written + 1 }, write: true };
  return { tally: { ...current, counted: counted + 1 }, write: false };
}

/** Of which none is written: there are too many kinds to see what each was after. */
export const counting = (nowMs: number): Tally => ({
  endsAtMs: nowMs + WINDOW_MS,
  written: WRITTEN_FIRST,
  counted: 0,
});
