import { characterUs } from './timing.ts';

export type Parity = 'none' | 'even' | 'odd';

/** How characters stand on the wire: what decides how long each of them takes. */
export interface LineFormat {
  readonly baud: number;
  readonly parity: Parity;
  readonly stop: 1 | 2;
  readonly data: 8;
}

export interface SerialAddress {
  readonly kind: 'serial';
  readonly path: string;
  readonly line: LineFormat;
}

export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** RTU frames in a TCP stream: a converter that knows no Modbus. Its line decides the gaps, so it is said here. */
export interface RtuTcpAddress {
  readonly kind: 'rtu+tcp';
  readonly host: string;
  readonly port: number;
  readonly line: LineFormat;
}

export type PortAddress = SerialAddress | TcpAddress | RtuTcpAddress;

export class PortUrlError extends Error {
  readonly code = 'port_url_invalid';
  readonly retryable = false;
  override readonly name = 'PortUrlError';
}

export const DEFAULT_LINE: LineFormat = { baud: 9600, parity: 'none', stop: 1, data: 8 };
const MODBUS_TCP_PORT = 502;
const SCHEMES = 'serial:///dev/…, tcp://host:port or rtu+tcp://host:port';
const EXAMPLE = 'serial:///dev/ttyUSB0?baud=9600&parity=none&stop=1&data=8';

export function parsePortUrl(text: string): PortAddress {
  const refuse = (why: string): never => {
    throw new PortUrlError(`port "${text}": ${why}`);
  };
  const found = /^([a-z][a-z0-9+.-]*):\/\/([^?#]*)(?:\?([^#]*))?$/i.exec(text);
  if (!found) return refuse(`not a port URL; expected ${SCHEMES}`);
  const [, scheme = '', place = '', query = ''] = found;
  const settings = settingsOf(query, refuse);
  switch (scheme.toLowerCase()) {
    case 'serial':
      return { kind: 'serial', path: devicePath(place, refuse), line: lineFormat(settings, refuse) };
    case 'tcp':
      for (const name of settings.keys()) refuse(`"${name}" has no meaning for tcp`);
      return { kind: 'tcp', ...hostAndPort(place, MODBUS_TCP_PORT, refuse) };
    case 'rtu+tcp':
      return { kind: 'rtu+tcp', ...hostAndPort(place, null, refuse), line: lineFormat(settings, refuse) };
    default:
      return refuse(`"${scheme}" is no known kind of port; expected ${SCHEMES}`);
  }
}

/** The one spelling of an address: two URLs of the same port and format give the same text. */
export function formatPortUrl(address: PortAddress): string {
  if (address.kind === 'serial') {
    const path = address.path.split('/').map(encodeURIComponent).join('/');
    return `serial://${path.replaceAll('%3A', ':')}?${query(address.line)}`;
  }
  const place = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  return address.kind === 'tcp' ? `tcp://${place}` : `rtu+tcp://${place}?${query(address.line)}`;
}

/** Microseconds that one character takes; 0 where the wire is not ours to time. */
export function portCharacterUs(address: PortAddress): number {
  return address.kind === 'tcp' ? 0 : characterUs(address.line);
}

type Refuse = (why: string) => never;

function query(line: LineFormat): string {
  return `baud=${line.baud}&parity=${line.parity}&stop=${line.stop}&data=${line.data}`;
}

function settingsOf(text: string, refuse: Refuse): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (settings.has(name)) refuse(`"${name}" is given twice`);
    settings.set(name, value);
  }
  return settings;
}

function devicePath(place: string, refuse: Refuse): string {
  if (place === '') return refuse(`the device is missing, for example ${EXAMPLE}`);
  if (!place.startsWith('/')) {
    return refuse(`"${place}" is no absolute path; a device takes three slashes, for example ${EXAMPLE}`);
  }
  const path = decoded(place, refuse);
  // A NUL would end the path for the kernel and name another file than the one that was checked.
  if (path.includes('\0')) return refuse('the path holds a zero byte');
  return path;
}

function decoded(text: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('a % in the path is not followed by two hexadecimal digits');
  }
}

function lineFormat(settings: Map<string, string>, refuse: Refuse): LineFormat {
  const known = ['baud', 'parity', 'stop', 'data'];
  for (const name of settings.keys()) {
    if (!known.includes(name)) refuse(`"${name}" is unknown; expected ${known.join(', ')}`);
  }
  if (settings.get('data') === '7') refuse('data=7 cannot carry Modbus RTU, whose characters have 8 bits');
  const baud = settings.get('baud') ?? String(DEFAULT_LINE.baud);
  if (!/^\d{1,7}$/.test(baud) || Number(baud) < 300 || Number(baud) > 4_000_000) {
    refuse(`baud=${baud} is not a rate between 300 and 4000000`);
  }
  return {
    baud: Number(baud),
    parity: oneOf(settings, 'parity', { none: 'none', even: 'even', odd: 'odd' } as const, 'none', refuse),
    stop: oneOf(settings, 'stop', { 1: 1, 2: 2 } as const, '1', refuse),
    data: oneOf(settings, 'data', { 8: 8 } as const, '8', refuse),
  };
}

function oneOf<T extends Record<string, unknown>>(
  settings: Map<string, string>,
  name: string,
  choices: T,
  standard: string,
  refuse: Refuse,
): T[keyof T] {
  const value = settings.get(name) ?? standard;
  if (!Object.hasOwn(choices, value)) {
    return refuse(`${name}=${value} is not one of ${Object.keys(choices).join(', ')}`);
  }
  return choices[value as keyof T];
}

function hostAndPort(place: string, standard: number | null, refuse: Refuse): { host: string; port: number } {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:/[\]@\s]+))(?::([^/]*))?\/?$/i.exec(place);
  if (!found) return refuse(`"${place}" is not host:port`);
  const host = found[1] ?? found[2] ?? '';
  const port = found[3] ?? (standard === null ? '' : String(standard));
  if (port === '') return refuse('the port number is missing; converters have no standard one');
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return refuse(`"${port}" is not a port number between 1 and 65535`);
  }
  return { host, port: Number(port) };
}
