import { defineErrors } from '../kernel/errors.ts';

export const leasesError = defineErrors({
  lease_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such lease' },
  party_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such party' },
  handover_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such handover',
  },
  lease_room_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the building of the lease has no such room',
  },
  lease_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a value of the lease is not what it must be',
  },
  lease_number_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'another lease of the organisation has that number',
  },
  lease_changed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'somebody else has changed the lease meanwhile; look at it again',
  },
  lease_room_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'another lease has the room at that time',
  },
  lease_move_refused: { kind: 'conflict', retryable: false, meaning: 'the lease cannot be moved so' },
  lease_readings_missing: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a meter that no gateway reads needs the count of its display at a handover',
  },
  handover_id_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the id is that of another move; give a new one',
  },
  handover_not_undone: {
    kind: 'conflict',
    retryable: false,
    meaning: 'only the newest handover of a lease can be undone',
  },
  party_held: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the party is part of a lease that has not ended, and cannot be forgotten yet',
  },
  party_joined: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the party has an account: no invitation is needed, and it is forgotten as a person',
  },
});
