import { defineErrors } from '../errors.ts';

export const tableError = defineErrors({
  import_file_unreadable: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the file cannot be read as a table',
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
});
