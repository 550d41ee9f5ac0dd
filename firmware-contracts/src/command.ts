import { z } from 'zod';
import { commandId, gatewayId, meterId, pointId } from './ids.ts';
import { hasPlace, order, PLACELESS } from './order.ts';
import { code, durationMs, epochMs, rawWords, text, version } from './scalars.ts';
import { switchState, wantedState } from './switching.ts';

const points = z.array(pointId).min(1).max(200);

/** Desired state, not a toggle: done already is done. */
const switchAction = z.strictObject({
  do: z.literal('switch'),
  meter: meterId,
  control: code,
  to: wantedState,
  reason: code.meta({ description: 'a word for the journal and the audit, no personal data' }),
});

/** Read now and journal it as a billing reading of its own occasion (moving out, a dispute). */
const readAction = z.strictObject({ do: z.literal('read'), points });

/** Publish these points on `live` until `until`; the newest such command replaces the others. */
const watchAction = z.strictObject({
  do: z.literal('watch'),
  points,
  everyMs: z.int().min(500).max(60_000),
  until: epochMs,
});

const action = z.discriminatedUnion('do', [switchAction, readAction, watchAction]);
export type Action = z.infer<typeof action>;

/** How far ahead a command may expire: longer is a mistake, or an attack on a clock. */
export const MAX_COMMAND_LIFE_MS = 24 * 3_600_000;
const MAX_WATCH_MS = 3_600_000;

export const command = z
  .strictObject({ v: version, gateway: gatewayId, id: commandId, issued: epochMs, expires: epochMs, action })
  .superRefine(({ issued, expires, action: wish }, context) => {
    const fail = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (expires <= issued) fail(['expires'], 'is not after issued');
    if (expires - issued > MAX_COMMAND_LIFE_MS) fail(['expires'], 'is more than a day after issued');
    if (wish.do === 'watch' && wish.until - issued > MAX_WATCH_MS)
      fail(['action', 'until'], 'is more than an hour after issued');
  });
export type Command = z.infer<typeof command>;

export const REFUSED_COMMAND = [
  'expired',
  'clock-unsynchronised',
  'reading-stale',
  'load-above-limit',
  'never-switch',
  'not-enabled',
  'too-soon',
  'local-override',
  'unknown-meter',
  'unknown-control',
  'unknown-state',
  'unknown-point',
  'not-commissioned',
] as const;

const readBack = z.strictObject({ state: switchState, raw: rawWords, at: epochMs });

/** One result a command; asked again, the gateway gives the same one. */
export const result = z
  .strictObject({
    v: version,
    gateway: gatewayId,
    command: commandId,
    at: epochMs.nullable().meta({ description: 'null: the clock is not synchronised' }),
    order: order.optional(),
    outcome: z.discriminatedUnion('is', [
      z.strictObject({ is: z.literal('done'), before: readBack.optional(), readBack: readBack.optional() }),
      z.strictObject({
        is: z.literal('refused'),
        because: z.literal(REFUSED_COMMAND),
        detail: text(200).optional(),
      }),
      z.strictObject({
        is: z.literal('failed'),
        because: z.literal(['meter-silent', 'meter-refused', 'read-back-differs', 'bus-error']),
        detail: text(200).optional(),
        readBack: readBack.optional(),
      }),
      z.strictObject({ is: z.literal('superseded'), by: commandId }),
    ]),
    tookMs: durationMs.optional(),
  })
  .refine(hasPlace, PLACELESS);
export type Result = z.infer<typeof result>;
