import {
  type Answer,
  exceptionPdu,
  type Handler,
  readRequestPdu,
  wordsPdu,
  writtenPdu,
} from '../../src/wire/server/index.ts';

export const clock = { monoNs: () => process.hrtime.bigint(), wallMs: () => Date.now() };

/** Register n of unit u holds 100 u + n, or what was written; units above 200 are silent, addresses above 9999 illegal. */
export function meters(): Handler {
  const written = new Map<string, number>();
  return (unit, pdu): Answer => {
    const request = readRequestPdu(unit, pdu);
    if (unit > 200) return { kind: 'silence' };
    if (request === null) return { kind: 'reply', pdu: exceptionPdu(pdu[0] ?? 0, 1) };
    if (request.function === 3 || request.function === 4) {
      if (request.address > 9999) return { kind: 'reply', pdu: exceptionPdu(request.function, 2) };
      const at = (i: number) => written.get(`${unit}:${request.address + i}`);
      const word = (i: number) => at(i) ?? (100 * unit + request.address + i) & 0xffff;
      const words = Array.from({ length: request.count }, (_, i) => word(i));
      return { kind: 'reply', pdu: wordsPdu(request.function, words) };
    }
    if (request.function === 6) written.set(`${unit}:${request.address}`, request.word);
    if (request.function === 16) {
      request.words.forEach((word, i) => {
        written.set(`${unit}:${request.address + i}`, word);
      });
    }
    return { kind: 'reply', pdu: writtenPdu(pdu) };
  };
}
