import { defineErrors } from '../../../kernel/errors.ts';

export const importError = defineErrors({
  import_file_unreadable: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the file cannot be read as a table of readings',
  },
  import_file_too_large: {
    kind: 'too_large',
    retryable: false,
    meaning: 'the file holds more than one import takes; split it',
  },
  import_mapping_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the mapping of columns does not fit the file',
  },
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
