import { defineErrors } from '../kernel/errors.ts';

/** Why a hub does not come up, beyond what its parts say themselves. */
export const lifecycleError = defineErrors({
  boot_interrupted: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'stopped before the start was complete',
  },
  boot_step_timeout: { kind: 'timeout', retryable: true, meaning: 'a part did not start in time' },
  port_taken: { kind: 'unavailable', retryable: true, meaning: 'another process listens on the port' },
  address_unusable: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the hub cannot listen on the address',
  },
});
