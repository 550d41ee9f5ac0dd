import { inflateSync } from 'node:zlib';

/**
 * When a batch says it was sealed, read from its first bytes without believing anything: it decides who waits for whom
 * of one's own messages, and no more. Whoever lies gains nothing: gateways take turns in either lane.
 */
export function sealedHint(payload: Buffer, deflated: boolean): number | undefined {
  const head = deflated ? inflatedHead(payload) : payload.subarray(0, HEAD_BYTES);
  const found = head && /"sealed"\s*:\s*(\d{13})\b/.exec(head.toString('latin1'));
  return found ? Number(found[1]) : undefined;
}

/** First line, ids and numbers come before a list of holes that may be long. */
const HEAD_BYTES = 1_024;
/** zlib's constant for: give what there is, the end may be missing. */
const Z_SYNC_FLUSH = 2;

function inflatedHead(payload: Buffer): Buffer | undefined {
  try {
    const options = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: 64 * HEAD_BYTES };
    return inflateSync(payload.subarray(0, HEAD_BYTES), options);
  } catch {
    return undefined;
  }
}
