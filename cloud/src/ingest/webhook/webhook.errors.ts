import { defineErrors } from '../../kernel/errors.ts';

export const webhookError = defineErrors({
  webhook_unauthenticated: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the request is not signed by a secret that is valid now',
  },
  webhook_untimely: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the timestamp is more than five minutes away; set the clock and sign again',
  },
  webhook_replayed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'this very request came before under another idempotency key',
  },
  webhook_key_reused: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the idempotency key was used for another body',
  },
  webhook_body_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the body is not a list of readings as the contract says',
  },
  webhook_readings_refused: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a reading cannot be taken, so none was',
  },
  webhook_source_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such webhook source',
  },
  webhook_source_exists: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the organisation has a webhook source of that name',
  },
  webhook_source_revoked: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the webhook source has been revoked',
  },
  webhook_secret_sealed: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'keys.master is another one than the secrets of webhooks were sealed under',
  },
});
