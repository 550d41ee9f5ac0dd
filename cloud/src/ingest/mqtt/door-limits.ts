import { LIMITS } from '@meterline/contracts';
import type { Config } from '../../config/index.ts';
import type { EmbeddedLimits } from '../../platform/mqtt/index.ts';

type Embedded = Extract<Config['mqtt'], { backend: 'embedded' }>;

/** A payload, its topic and the header of the packet. */
export const PACKET_BYTES = LIMITS.payloadBytes + 1_024;
const DAY_MS = 86_400_000;

/** What an operator may set, and what follows from the contract. */
export function embeddedLimits(config: Embedded): EmbeddedLimits {
  return {
    packetBytes: PACKET_BYTES,
    connections: config.maxConnections,
    connectionsPerAddress: config.maxConnectionsPerAddress,
    connectsPerSecond: 50,
    // A gateway that has lost its line tries again after seconds at first, then after minutes.
    connectsPerMinute: 30,
    messagesPerSecond: config.messagesPerSecond,
    bytesPerSecond: config.bytesPerSecond,
    keepaliveSeconds: config.keepaliveSeconds,
    handshakeMs: 15_000,
    connectMs: 20_000,
    // A full batch on a line of 10 kB a second.
    packetMs: 120_000,
    largeBytes: 64 << 20,
    stallMs: 60_000,
    backlogBytes: 4 << 20,
    subscriptions: 16,
    // Receipts and commands; a config replaces the one before.
    messages: 100,
    bytes: 2 << 20,
    sessions: config.maxConnections * 2,
    expiryMs: 14 * DAY_MS,
  };
}
