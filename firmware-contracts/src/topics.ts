import { type GatewayId, gatewayId } from './ids.ts';

const ROOT = 'ml/1';

export const CHANNELS = [
  'up/readings',
  'up/status',
  'up/result',
  'up/simple',
  'down/receipt',
  'down/config',
  'down/command',
  'down/keys',
  'live',
] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Topic {
  readonly gateway: GatewayId;
  readonly channel: Channel;
  /** The payload is zlib-compressed (RFC 1950): suffix `/z`. */
  readonly deflated: boolean;
}

export function topicOf({ gateway, channel, deflated }: Topic): string {
  return `${ROOT}/${gateway}/${channel}${deflated ? '/z' : ''}`;
}

const channels: ReadonlySet<string> = new Set(CHANNELS);

/** Undefined for anything that version 1 does not know. */
export function parseTopic(topic: string): Topic | undefined {
  if (topic.length > 80 || !topic.startsWith(`${ROOT}/`)) return undefined;
  const rest = topic.slice(ROOT.length + 1);
  const slash = rest.indexOf('/');
  const gateway = gatewayId.safeParse(rest.slice(0, slash));
  if (slash < 0 || !gateway.success) return undefined;
  const tail = rest.slice(slash + 1);
  const deflated = tail.endsWith('/z');
  const channel = deflated ? tail.slice(0, -2) : tail;
  if (!channels.has(channel)) return undefined;
  return { gateway: gateway.data, channel: channel as Channel, deflated };
}

/** What a gateway subscribes to. */
export const gatewayFilter = (gateway: GatewayId): string => `${ROOT}/${gateway}/down/#`;

/** What the hub subscribes to. */
export const HUB_FILTERS = [`${ROOT}/+/up/#`, `${ROOT}/+/live/#`] as const;

/**
 * May this gateway subscribe to this? To what comes down to it, by name or by wildcard, and to nothing else: no shared
 * subscription, no `$SYS`, no wildcard that reaches beyond its own id.
 */
export function maySubscribe(gateway: GatewayId, filter: string): boolean {
  const own = `${ROOT}/${gateway}/down/`;
  if (!filter.startsWith(own) || filter.length > 80) return false;
  const levels = filter.slice(own.length).split('/');
  return levels.length <= 2 && levels.every((level, i) => isLevel(level, i === levels.length - 1));
}

const isLevel = (level: string, last: boolean): boolean =>
  /^(?:[a-z]{1,16}|\+)$/.test(level) || (last && level === '#');

/** May this gateway publish here? Nothing but its own `up/…` and `live`. */
export function mayPublish(gateway: GatewayId, topic: string): boolean {
  const parsed = parseTopic(topic);
  return parsed !== undefined && parsed.gateway === gateway && !parsed.channel.startsWith('down/');
}
