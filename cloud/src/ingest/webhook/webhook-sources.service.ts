import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../platform/db/index.ts';
import type { Asked, DoorStores } from '../door-parts.ts';
import { webhookError } from './webhook.errors.ts';
import type { WebhookParts } from './webhook.service.ts';
import { type WebhookSource, type WebhookStore, webhookStore } from './webhook.store.ts';
import { type NewSecret, newSecret, sealSecret } from './webhook-secret.ts';

/** For the other side to change its configuration in. */
export const DEFAULT_OVERLAP_HOURS = 7 * 24;
export const MAX_OVERLAP_HOURS = 90 * 24;

export interface WithSecret {
  readonly source: WebhookSource;
  /** Shown once: only its sealed form is kept. */
  readonly secret: NewSecret;
}

/** Who may send readings for an organisation, and under which secrets. */
export class WebhookSourcesService {
  readonly #parts: Omit<WebhookParts, 'intake'>;

  constructor(parts: Omit<WebhookParts, 'intake'>) {
    this.#parts = parts;
  }

  add(asked: Asked, name: string): Promise<WithSecret> {
    const id = this.#parts.ids.next();
    return this.#within(asked, async (store, tx) => {
      if (!(await store.addSource(id, nameOf(name), this.#now())))
        throw webhookError('webhook_source_exists');
      const secret = await this.#addSecret(store, asked.organisation, id);
      await tell(tx, 'webhook.added', id, ['name', 'secret']);
      return { source: await demand(store, id), secret };
    });
  }

  list(asked: Asked): Promise<readonly WebhookSource[]> {
    return this.#within(asked, (store) => store.sources());
  }

  /** A new secret at once; the one before stays valid for the overlap, any older one goes. */
  rotate(asked: Asked, id: string, overlapHours: number): Promise<WithSecret> {
    return this.#within(asked, async (store, tx) => {
      const locked = await store.lockSource(id);
      if (!locked) throw webhookError('webhook_source_not_found');
      if (locked.revokedAt !== null) throw webhookError('webhook_source_revoked');
      const now = this.#now();
      await store.retireOthers(id, now.add({ minutes: Math.round(overlapHours * 60) }), now);
      const secret = await this.#addSecret(store, asked.organisation, id);
      await tell(tx, 'webhook.rotated', id, ['secret']);
      return { source: await demand(store, id), secret };
    });
  }

  /** All of its secrets, at once and for good. What it has sent stays. */
  revoke(asked: Asked, id: string, reason: string): Promise<WebhookSource> {
    return this.#within(asked, async (store, tx) => {
      if (!(await store.lockSource(id))) throw webhookError('webhook_source_not_found');
      await store.revoke(id, this.#now());
      await tell(tx, 'webhook.revoked', id, [], reason);
      return demand(store, id);
    });
  }

  async #addSecret(store: WebhookStore, organisation: string, source: string): Promise<NewSecret> {
    const { sealing } = this.#parts;
    const secret = newSecret();
    await store.addSecret(
      source,
      secret.keyId,
      sealSecret(sealing, organisation, secret),
      sealing.id,
      this.#now(),
    );
    return secret;
  }

  #within<T>(
    { organisation, actor, requestId, may }: Asked,
    work: (store: WebhookStore, tx: Tx<DoorStores>) => Promise<T>,
  ): Promise<T> {
    return this.#parts.db.transaction(
      {
        organisation,
        actor,
        ...(requestId !== undefined && { requestId }),
        ...(may !== undefined && { may }),
      },
      (tx) => work(tx.bind(webhookStore), tx),
    );
  }

  #now(): Temporal.Instant {
    return this.#parts.clock.now();
  }
}

async function demand(store: WebhookStore, id: string): Promise<WebhookSource> {
  const source = await store.source(id);
  if (source) return source;
  throw webhookError('webhook_source_not_found');
}

async function tell(
  tx: Tx<DoorStores>,
  action: string,
  id: string,
  fields: readonly string[],
  reason?: string,
): Promise<void> {
  const subject = { type: 'webhook_source', id };
  await tx.audit.append({ action, subject, fields, ...(reason !== undefined && { reason }) });
}

function nameOf(text: string): string {
  const name = text.trim().normalize('NFC');
  if (name.length >= 1 && name.length <= 80 && !/[\p{Cc}\p{Cs}]/u.test(name)) return name;
  throw webhookError('webhook_body_invalid', {
    message: 'the name of a source must have 1 to 80 characters, without control characters',
  });
}
