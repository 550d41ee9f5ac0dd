/** What a line's format says about time. */
interface Format {
  readonly baud: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stop: 1 | 2;
}

/** Above this rate the standard fixes the silences (Modbus over Serial Line 1.02, 2.5.1.1). */
const FIXED_ABOVE_BAUD = 19_200;

/** Start bit, 8 data bits, parity if any, stop bits: 10 bits for 8N1, 11 for 8E1, 8O1 and 8N2. */
function characterBits(format: Format): number {
  return 1 + 8 + (format.parity === 'none' ? 0 : 1) + format.stop;
}

export function characterUs(format: Format): number {
  return (characterBits(format) * 1e6) / format.baud;
}

/** The longest pause inside a frame. */
export function t15Us(format: Format): number {
  return format.baud > FIXED_ABOVE_BAUD ? 750 : 1.5 * characterUs(format);
}

/** The shortest silence between frames. */
export function t35Us(format: Format): number {
  return format.baud > FIXED_ABOVE_BAUD ? 1750 : 3.5 * characterUs(format);
}

export interface ExchangeShape {
  readonly characterUs: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly turnaroundUs: number;
  readonly gapUs: number;
}

/** T: the shortest time in which the wire can carry one exchange and the silence after it. */
export function exchangeUs(shape: ExchangeShape): number {
  const characters = shape.requestBytes + shape.replyBytes;
  return characters * shape.characterUs + shape.turnaroundUs + shape.gapUs;
}

/** Reading N registers: 8 characters there, 5 + 2N back. */
export function registerReadUs(
  format: Format,
  registers: number,
  turnaroundUs: number,
  minimumGapUs = 0,
): number {
  return exchangeUs({
    characterUs: characterUs(format),
    requestBytes: 8,
    replyBytes: 5 + 2 * registers,
    turnaroundUs,
    gapUs: Math.max(t35Us(format), minimumGapUs),
  });
}
