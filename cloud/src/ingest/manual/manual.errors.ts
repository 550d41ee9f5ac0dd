import { defineErrors } from '../../kernel/errors.ts';

export const manualError = defineErrors({
  reading_point_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such point',
  },
  reading_invalid: { kind: 'invalid', retryable: false, meaning: 'the reading is not what it must be' },
  reading_implausible: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the reading does not fit its neighbours; look again, and confirm it if it is right',
  },
  reading_not_opening: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the meter has begun before; leave opening out, or declare what happened to the meter',
  },
  reading_contradicts: {
    kind: 'conflict',
    retryable: false,
    meaning: 'another value is stored at this instant; supersede that one if it is wrong',
  },
  reading_id_reused: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the id was used for another reading; send a new one, or leave it out',
  },
  reading_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the point has no reading at this instant',
  },
  reading_not_corrected: {
    kind: 'conflict',
    retryable: false,
    meaning: 'there is no decision on this reading to take back',
  },
  reading_photo_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such photo',
  },
});
