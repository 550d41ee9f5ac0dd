import { z } from 'zod';
import { REFUSALS } from './envelope.ts';
import { busId, gatewayId, journalId, meterId, sessionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { hasPlace, order, PLACELESS } from './order.ts';
import { durationMs, epochMs, text, version } from './scalars.ts';
import { CHANNELS } from './topics.ts';

const bytes = z.int().min(0);
const tally = z.int().min(0);

/** Bytes on the wire since the month began in UTC: what a SIM card is charged for, as far as the agent can see. */
const dataUsed = z.strictObject({
  month: z.string().regex(/^20[0-9]{2}-(?:0[1-9]|1[0-2])$/),
  sent: bytes,
  received: bytes,
});

const online = z.strictObject({
  state: z.literal(['online', 'stopping']),
  agent: text(64).meta({ description: 'name and version' }),
  uptimeMs: durationMs,
  clock: z.strictObject({
    boot: z.int().min(1),
    synced: z.boolean(),
    uncertainty: durationMs.nullable(),
    source: z.literal(['ntp', 'gnss', 'rtc', 'hub', 'person', 'none']),
  }),
  journal: z.strictObject({
    id: journalId,
    last: tally,
    watermark: tally,
    unsent: z.strictObject({ billing: tally, counter: tally, gauge: tally, records: tally }),
    oldestUnsent: epochMs.nullable(),
    bytes,
  }),
  disk: z.strictObject({ free: bytes, total: bytes, writtenToday: bytes }),
  data: dataUsed,
  refused: z
    .array(z.strictObject({ channel: z.literal(CHANNELS), reason: z.literal(REFUSALS), count: tally }))
    .max(64)
    .meta({ description: 'messages from the hub that were not believed, since the boot began' }),
  config: z.int().min(0),
  certificateExpires: epochMs.nullable(),
  temperatureMilliC: z.int().min(-100_000).max(200_000).optional(),
  undervoltage: z.boolean().optional(),
  buses: z
    .array(
      z.strictObject({
        id: busId,
        state: z.literal(['open', 'closed', 'failing']),
        loadPermille: z.int().min(0).max(1_000),
        requests: tally,
        timeouts: tally,
        crcErrors: tally,
        exceptions: tally,
      }),
    )
    .max(16),
  meters: z
    .array(
      z.strictObject({
        id: meterId,
        state: z.literal(['ok', 'silent', 'failing', 'unverified', 'swapped']),
        lastRead: epochMs.nullable(),
        turnaroundMs: durationMs.nullable(),
        problem: text(120).optional(),
      }),
    )
    .max(LIMITS.metersPerGateway),
});

/** Signed at connect and left with the broker as the will: the session ended without a goodbye. */
const gone = z.strictObject({ state: z.literal('gone') });

export const status = z
  .strictObject({
    v: version,
    gateway: gatewayId,
    session: sessionId.meta({ description: 'new at every connect' }),
    at: epochMs.nullable().meta({ description: 'null: the clock is not synchronised' }),
    order: order.optional(),
    is: z.discriminatedUnion('state', [online, gone]),
  })
  // `gone` was signed before its session began, and ends it whenever it comes.
  .refine((said) => said.is.state === 'gone' || hasPlace(said), PLACELESS);
export type Status = z.infer<typeof status>;
