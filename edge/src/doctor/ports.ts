import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Bus } from '@meterline/contracts';
import { type PortAddress, PortUrlError, parsePortUrl } from '../wire/port-url.ts';
import { listSerialPorts, stableName } from '../wire/serial-ports.ts';
import { bad, type Finding, ok, warn } from './finding.ts';

const CONNECT_MS = 3_000;
const DIALOUT = 'sudo usermod -aG dialout <the user of the agent>, then start the agent again';

/** The ports of the configuration; without one, those of the machine. */
export async function portFindings(buses: readonly Bus[], root = '/'): Promise<Finding[]> {
  const findings = await Promise.all(buses.map((bus) => portFinding(bus, root)));
  return [...(buses.length === 0 ? machinePorts(root) : findings.flat()), ...groupFindings(root)];
}

async function portFinding({ name, url }: Bus, root: string): Promise<Finding[]> {
  let address: PortAddress;
  try {
    address = parsePortUrl(url);
  } catch (error) {
    if (error instanceof PortUrlError)
      return [bad('port', `${name}: ${error.message}`, 'correct the configuration')];
    throw error;
  }
  if (address.kind === 'serial') return serialFindings(name, address.path, root);
  const { host, port } = address;
  const problem = await connectProblem(host, port);
  if (problem === null) return [ok('port', `${name}: ${host}:${port} answers`)];
  return [bad('port', `${name}: ${host}:${port} ${problem}`, 'is the converter on, and its address right?')];
}

function serialFindings(name: string, path: string, root: string): Finding[] {
  const device = join(root, path);
  if (!existsSync(device)) {
    const there = listSerialPorts(root).map((port) => port.name);
    const todo =
      there.length > 0
        ? `plug the adapter in; there are: ${there.join(', ')}`
        : 'plug the adapter in: there is no serial port at all';
    return [bad('port', `${name}: ${path} is not there`, todo)];
  }
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return [bad('port', `${name}: ${path} may not be opened by this user`, DIALOUT)];
  }
  const stable = stableName(path, root);
  if (stable !== path) {
    return [
      warn(
        'port',
        `${name}: ${path} may have another number after the next boot`,
        `use serial://${stable} in the configuration`,
      ),
    ];
  }
  return [ok('port', `${name}: ${path} is there`)];
}

function machinePorts(root: string): Finding[] {
  const there = listSerialPorts(root);
  if (there.length === 0)
    return [
      warn(
        'port',
        'there is no serial port',
        'plug the adapter in, or use a converter with tcp:// or rtu+tcp://',
      ),
    ];
  return there.map(({ name, friendly }) => ok('port', `${friendly}: serial://${name}`));
}

/** Nobody but root and the group may open a serial port on Debian. */
function groupFindings(root: string): Finding[] {
  if (process.getuid?.() === 0 || listSerialPorts(root).length === 0) return [];
  const line = text(join(root, 'etc/group'))
    ?.split('\n')
    .find((entry) => entry.startsWith('dialout:'));
  const group = Number(line?.split(':')[2] ?? Number.NaN);
  if (!Number.isInteger(group) || (process.getgroups?.() ?? []).includes(group)) return [];
  return [bad('port', 'this user is not in the group dialout', DIALOUT)];
}

export function connectProblem(host: string, port: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host, port });
  socket.setTimeout(CONNECT_MS, () => {
    resolve('does not answer');
    socket.destroy();
  });
  socket.on('connect', () => {
    resolve(null);
    socket.destroy();
  });
  socket.on('error', (error) => resolve(reasonOf(error)));
  return promise;
}

export function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return (
    {
      ECONNREFUSED: 'refuses the connection',
      EHOSTUNREACH: 'cannot be reached',
      ENETUNREACH: 'cannot be reached: there is no network',
      ENOTFOUND: 'has no address: the name is wrong, or DNS does not work',
      EAI_AGAIN: 'has no address: DNS does not answer',
      ECONNRESET: 'closes the connection',
    }[code] ?? `fails (${error.message || code})`
  );
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
