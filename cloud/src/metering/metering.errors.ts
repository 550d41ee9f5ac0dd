import { defineErrors } from '../kernel/errors.ts';

export const meteringError = defineErrors({
  usage_selection_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'usage is asked of exactly one point, meter or place, and of a stretch of time that is one',
  },
  usage_subject_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such point, meter or place, or it has no counter',
  },
  epoch_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a register cannot be read anew like this',
  },
  epoch_implausible: {
    kind: 'conflict',
    retryable: false,
    meaning:
      'the counts do not fit what was read before and after; look again, and confirm them if they are right',
  },
  epoch_rules_unknown: {
    kind: 'conflict',
    retryable: false,
    meaning: 'nobody knows yet how the register counts: give the point its register, or say ratio and unit',
  },
  suspect_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such suspicion',
  },
  suspect_resolved: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the suspicion is resolved already, or has come to nothing',
  },
});
