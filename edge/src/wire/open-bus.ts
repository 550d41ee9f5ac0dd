import { Bus } from './bus.ts';
import type { BusOptions } from './bus-options.ts';
import type { Link } from './link.ts';
import type { WireClock } from './moment.ts';
import { type PortAddress, parsePortUrl } from './port-url.ts';
import { SerialLink } from './serial-link.ts';
import { TcpLink } from './tcp-link.ts';

export function openBus(url: string | PortAddress, clock: WireClock, options: BusOptions = {}): Bus {
  const address = typeof url === 'string' ? parsePortUrl(url) : url;
  const bus = new Bus(linkTo(address), clock, options);
  bus.start();
  return bus;
}

function linkTo(address: PortAddress): Link {
  return address.kind === 'serial' ? new SerialLink(address) : new TcpLink(address);
}
