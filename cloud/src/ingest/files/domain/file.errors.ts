import { defineErrors } from '../../../kernel/errors.ts';

export const importError = defineErrors({
  import_mapping_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no mapping of that name',
  },
  import_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such import' },
  import_busy: {
    kind: 'unavailable',
    retryable: true,
    meaning:
      'another process works on this import; it goes on here when that one has been silent for a while',
  },
  import_state_wrong: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the import is not in a state in which this can be done',
  },
});
