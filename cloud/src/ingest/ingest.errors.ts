import { defineErrors } from '../kernel/errors.ts';

export const ingestError = defineErrors({
  ingest_stopping: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the hub is stopping and takes nothing in any more; send it again',
  },
  ingest_unsettled: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'a message could be neither stored nor kept as a dead letter; nothing of it was acknowledged',
  },
  letter_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is no open dead letter of that number',
  },
  letter_without_bytes: {
    kind: 'conflict',
    retryable: false,
    meaning:
      'the bytes of this letter were not kept, since its gateway had used up its room; it cannot be replayed',
  },
  gateway_silent: {
    kind: 'not_found',
    retryable: false,
    meaning: 'no gateway of that id has told of itself yet',
  },
  completeness_period_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'completeness is asked for of whole days, of 92 at most',
  },
  conflict_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is no open conflict of that number',
  },
});
