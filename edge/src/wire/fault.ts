import type { Moment } from './moment.ts';

/**
 * Why there is no value. `timeout`: nothing came. `length`: too little came. `crc`: damaged. `unit`, `function`, `echo`
 * (address or value), `protocol`: an undamaged frame, but not the answer. `exception`: the meter refuses. `port`: the
 * port is gone or closed. `noise`: the line is never quiet. `deadline`, `cancelled`, `full`: never sent.
 */
export type Fault =
  | 'timeout'
  | 'crc'
  | 'unit'
  | 'function'
  | 'length'
  | 'echo'
  | 'protocol'
  | 'exception'
  | 'port'
  | 'noise'
  | 'deadline'
  | 'cancelled'
  | 'full';

export const FAULTS: readonly Fault[] = [
  'timeout',
  'crc',
  'unit',
  'function',
  'length',
  'echo',
  'protocol',
  'exception',
  'port',
  'noise',
  'deadline',
  'cancelled',
  'full',
];

export interface Failed {
  readonly ok: false;
  readonly fault: Fault;
  /** One sentence for a person. */
  readonly reason: string;
  /** The exception code, where the fault is one. */
  readonly exception: number | null;
  /** What came instead, as it came (at most 300 bytes). */
  readonly evidence: Uint8Array;
  /** Null where the request never reached the wire. */
  readonly sentAt: Moment | null;
  readonly doneAt: Moment;
  /** Known for an exception, which a living meter answers. */
  readonly turnaroundUs: number | null;
}

export interface Timing {
  /** The last character of the request has left the wire. */
  readonly sentAt: Moment;
  readonly firstByteAt: Moment;
  readonly doneAt: Moment;
  /** What the exchange took beyond its characters: the value to learn timeouts from. */
  readonly turnaroundUs: number;
}

export type Answered<Body> = { readonly ok: true } & Timing & Body;

export type Exchange<Body> = Answered<Body> | Failed;

/** Modbus Application Protocol 1.1b3, 7. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'device failure',
  5: 'acknowledged, not done yet',
  6: 'device busy',
  7: 'negative acknowledge',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'the device behind the gateway does not answer',
};

export function exceptionName(code: number): string {
  return EXCEPTIONS[code] ?? 'unknown exception';
}
