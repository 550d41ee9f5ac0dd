import { z } from 'zod';
import type { EventHandler } from '../platform/db/index.ts';
import {
  defineJob,
  defineSchedule,
  handleJob,
  type JobModule,
  type JobQueue,
} from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import type { ExpiryService } from './expiry.service.ts';
import type { LinkMailService } from './link-mail.service.ts';

const expire = defineJob({
  name: 'identity.expire',
  queue: 'maintenance',
  input: z.strictObject({}),
  attempts: 6,
  timeoutMs: 3_600_000,
});

/** A link for a new password is good for two hours: until then a server that was away is worth trying. */
const sendLink = defineJob({
  name: 'identity.send-link',
  queue: 'mail',
  input: z.union([
    z.strictObject({ person: z.uuid(), link: z.uuid() }),
    z.strictObject({ organisation: z.uuid(), invitation: z.uuid() }),
  ]),
  attempts: 12,
  backoff: { firstMs: 2_000, maxMs: 900_000 },
  timeoutMs: 60_000,
  concurrency: 4,
});

export interface IdentityJobsParts {
  /** Absent in a process that lists jobs and runs none. */
  readonly expiry: ExpiryService | undefined;
  /** Absent there as well, and where no mail is sent. */
  readonly linkMail: LinkMailService | undefined;
  readonly logger: Logger;
}

/** Once a night, after the readings; and what goes by mail. */
export function identityJobs({ expiry, linkMail, logger }: IdentityJobsParts): JobModule {
  return {
    jobs: [expire, sendLink],
    handlers: [
      handleJob(expire, async (_input, { signal }) => {
        if (!expiry) throw new TypeError('this process runs no jobs');
        const { held, ...done } = await expiry.run(signal);
        if (Object.values(done).some((count) => count > 0)) logger.info(done, 'sign-ins and people expired');
        for (const { person, reason } of held)
          logger.warn({ person, reason }, 'who asked to be forgotten cannot be yet');
      }),
      handleJob(sendLink, async (wanted) => {
        // The mail server was taken out of the configuration meanwhile: nobody waits for what nothing sends.
        if (linkMail) await linkMail.send(wanted);
      }),
    ],
    schedules: [
      defineSchedule({
        id: 'identity.expire',
        job: expire,
        input: {},
        cron: '50 3 * * *',
        zone: 'Asia/Bangkok',
      }),
    ],
  };
}

const ofPerson = z.object({ link: z.uuid(), person: z.uuid(), send: z.literal(true) });
const ofOrganisation = z.object({ invitation: z.uuid(), organisation: z.uuid(), send: z.literal(true) });

/** Links that somebody waits for at the other end; those that are handed over are not sent, and stay good. */
export function identityEvents(
  queue: Pick<JobQueue, 'enqueue'>,
  sendsMail: boolean,
): Readonly<Record<string, EventHandler>> {
  const handler =
    (shape: typeof ofPerson | typeof ofOrganisation): EventHandler =>
    async ({ id, payload }) => {
      const told = shape.safeParse(payload);
      if (sendsMail && told.success) {
        const { send: _send, ...wanted } = told.data;
        await queue.enqueue(sendLink, wanted, { id });
      }
      return { kind: 'done' };
    };
  return {
    'person.contact_asked': handler(ofPerson),
    'person.reset_asked': handler(ofPerson),
    'invitation.made': handler(ofOrganisation),
  };
}
