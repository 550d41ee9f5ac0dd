import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface SerialPortInfo {
  /** The name to put in a configuration: it stays when numbers change. */
  readonly name: string;
  /** The kernel's name of today, for example /dev/ttyUSB0. */
  readonly device: string;
  readonly byId: string | null;
  readonly byPath: string | null;
  /** What a person would call it: product, maker, serial number. */
  readonly friendly: string;
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly serialNumber: string | null;
}

const VIRTUAL = /^(tty|console|ptmx|tty\d+|pty.*|vcs.*|ttyprintk|ttynull)$/;

/**
 * The serial ports of this machine, from /sys and /dev alone: no udev needed, and whatever cannot be read is left out.
 * `root` is another place to look in.
 */
export function listSerialPorts(root = '/'): SerialPortInfo[] {
  const byId = links(join(root, 'dev/serial/by-id'));
  const byPath = links(join(root, 'dev/serial/by-path'));
  return names(join(root, 'sys/class/tty'))
    .filter((name) => !VIRTUAL.test(name))
    .flatMap((name) => describe(root, name, byId, byPath))
    .sort((a, b) => a.device.localeCompare(b.device, 'en', { numeric: true }));
}

/** The stable name of a device; the path itself where there is none, or where it is one already. */
export function stableName(path: string, root = '/'): string {
  if (path.startsWith('/dev/serial/')) return path;
  const target = real(join(root, path));
  if (target === null) return path;
  const port = listSerialPorts(root).find(({ device }) => real(join(root, device)) === target);
  return port?.name ?? path;
}

function describe(
  root: string,
  name: string,
  byId: ReadonlyMap<string, string>,
  byPath: ReadonlyMap<string, string>,
): SerialPortInfo[] {
  const home = real(join(root, 'sys/class/tty', name, 'device'));
  if (home === null || absent(root, name)) return [];
  const device = `/dev/${name}`;
  const node = real(join(root, device)) ?? join(root, device);
  const usb = usbOf(home);
  const id = byId.get(node) ?? null;
  const path = byPath.get(node) ?? null;
  const serialNumber = usb && text(join(usb, 'serial'));
  // Adapters without a serial number of their own all have the same by-id name: the socket tells them apart.
  const stable = serialNumber ? (id ?? path) : (path ?? id);
  return [
    {
      name: stable ?? device,
      device,
      byId: id,
      byPath: path,
      friendly: friendly(usb, serialNumber, name),
      vendorId: usb && text(join(usb, 'idVendor')),
      productId: usb && text(join(usb, 'idProduct')),
      serialNumber,
    },
  ];
}

/** Boards announce UARTs that are not there: type 0 is "unknown". */
function absent(root: string, name: string): boolean {
  return /^ttyS\d+$/.test(name) && text(join(root, 'sys/class/tty', name, 'type')) === '0';
}

function friendly(usb: string | null, serialNumber: string | null, name: string): string {
  if (usb === null) return name.startsWith('ttyAMA') || name.startsWith('ttyS') ? 'built-in UART' : name;
  const product = text(join(usb, 'product')) ?? 'USB serial adapter';
  const rest = [text(join(usb, 'manufacturer')), serialNumber].filter((part) => part !== null);
  return rest.length > 0 ? `${product} (${rest.join(', ')})` : product;
}

/** The USB device above a port: the nearest folder that says a vendor. */
function usbOf(home: string): string | null {
  for (let folder = home; dirname(folder) !== folder; folder = dirname(folder)) {
    if (text(join(folder, 'idVendor')) !== null) return folder;
  }
  return null;
}

/** Device file → link that leads to it. */
function links(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names(folder)) {
    const target = real(join(folder, name));
    const kind = folder.endsWith('by-id') ? 'by-id' : 'by-path';
    // udev makes a second, versioned name for some sockets (usbv2-…): the plain one is kept.
    if (target !== null && !(found.has(target) && /usbv\d/.test(name))) {
      found.set(target, `/dev/serial/${kind}/${name}`);
    }
  }
  return found;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
