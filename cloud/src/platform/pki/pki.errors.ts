import { defineErrors } from '../../kernel/errors.ts';

export const pkiError = defineErrors({
  pki_not_made: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the hub has no certificates yet; a process of role all, api or worker makes them at its start',
  },
  pki_key_unknown: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'keys.master is not the key under which the keys of the hub were stored',
  },
  pki_request_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the certificate request is not as it must be',
  },
});
