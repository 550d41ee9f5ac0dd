import { z } from 'zod';
import { connectionUrl, milliseconds, SECRET_URL } from './config.values.ts';

const mqttPublicUrl = z
  .string()
  .regex(/^mqtts:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$/, {
    error: 'must be of the form mqtts://host:port',
  })
  .optional()
  .describe('Address that gateways connect to, as `mqtts://mqtt.example.org:8883`');
const port = z.int().min(0).max(65_535);

export const mqtt = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('none').describe('Where gateways connect') }),
  z.strictObject({
    backend: z.literal('embedded'),
    publicUrl: mqttPublicUrl,
    host: z
      .string()
      .min(1)
      .max(253)
      .default('127.0.0.1')
      .describe('Address to listen on; `0.0.0.0` or `::` for all'),
    port: port.default(8883).describe('Port to listen on, with TLS; 0 takes a free one'),
    plainPort: port
      .optional()
      .describe('Port without TLS, on this machine only, for what cannot speak it; 0 takes a free one'),
    maxConnections: z.int().min(1).max(100_000).default(2_000).describe('Connections in all'),
    maxConnectionsPerAddress: z
      .int()
      .min(1)
      .max(100_000)
      .default(200)
      .describe('Connections from one address; many gateways may stand behind one'),
    messagesPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(200)
      .describe('Messages a second of one gateway, in the long run; who sends faster is read more slowly'),
    bytesPerSecond: z
      .int()
      .min(1_024)
      .max(1_073_741_824)
      .default(2_097_152)
      .describe('Bytes a second of one gateway, in the long run'),
    keepaliveSeconds: z
      .int()
      .min(10)
      .max(65_535)
      .default(1_200)
      .describe('Longest keepalive: who says nothing for half as long again is disconnected'),
  }),
  z.strictObject({
    backend: z.literal('broker'),
    publicUrl: mqttPublicUrl,
    url: connectionUrl('mqtt', 'mqtts')
      .meta(SECRET_URL)
      .describe('The broker, as `mqtts://user:password@host:port`; `mqtt://` on a network of your own only'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe('File (PEM) with the CA of the broker; the hub’s own CA when not set'),
    consumers: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe('Messages that this process works on at a time; each takes a connection to the broker'),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
        error: 'must have 1 to 64 letters, digits, dots, dashes or underscores',
      })
      .optional()
      .describe(
        'Name of this process at the broker, unlike that of any other, and the same after a restart: the broker then keeps for it what comes meanwhile; the host name when not set',
      ),
    group: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
        error: 'must have 1 to 64 letters, digits, dots, dashes or underscores',
      })
      .default('meterline')
      .describe('Name of the shared subscription, the same for all processes of one hub'),
  }),
]);

/** The least of each is held by the database as well. */
export const retention = z
  .strictObject({
    billingMonths: z
      .int()
      .min(60)
      .max(600)
      .default(120)
      .describe(
        'Months that readings at quarter hours and period ends are kept: as long as bills must be proven',
      ),
    counterMonths: z
      .int()
      .min(2)
      .max(600)
      .default(25)
      .describe('Months that the counts between quarter hours are kept'),
    signInDays: z
      .int()
      .min(7)
      .max(3_660)
      .default(90)
      .describe('Days that sessions, invitations and links are kept after their end'),
    personYears: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe(
        'Years after which people are forgotten who are in no organisation any more, as the law asks for',
      ),
    unusedUploadDays: z
      .int()
      .min(1)
      .max(3_660)
      .default(30)
      .describe('Days that files of imports nobody started, and photos no reading names, are kept'),
    gaugeDays: z.int().min(7).max(3_660).default(90).describe('Days that volts, watts and the like are kept'),
  })
  .prefault({});

const MIB = 1024 * 1024;

export const ingest = z
  .strictObject({
    memoryBytes: z
      .int()
      .min(8 * MIB)
      .max(16_384 * MIB)
      .default(64 * MIB)
      .describe('Bytes of messages that may wait for a commit; beyond it the doors wait'),
    gatewayMemoryBytes: z
      .int()
      .min(2 * MIB)
      .max(1_024 * MIB)
      .default(4 * MIB)
      .describe('The same, of one gateway'),
    heldPerGateway: z
      .int()
      .min(1_000)
      .max(10_000_000)
      .default(100_000)
      .describe(
        'Readings that may wait of one gateway: ahead of their time, or of a point that is not its own; messages with more are refused until there is room',
      ),
    gapAfterMs: milliseconds(1_000, 86_400_000)
      .default(600_000)
      .describe('A hole in a journal that has not become smaller for this time in ms is told of'),
    deadLetters: z
      .strictObject({
        perGateway: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(1_000)
          .describe(
            'Messages that were not believed, kept of one gateway; what comes beyond is only counted',
          ),
        bytesPerGateway: z
          .int()
          .min(0)
          .max(1_024 * MIB)
          .default(16 * MIB)
          .describe('Bytes of them; a letter beyond is kept without its bytes'),
      })
      .prefault({}),
    profilesFolder: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with meter profiles of your own, and older versions that gateways still cite'),
  })
  .prefault({});
