import { defineErrors } from '../kernel/errors.ts';

export const sitesError = defineErrors({
  organisation_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such organisation' },
  building_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such building',
  },
  gateway_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such gateway' },
  meter_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such meter' },
  point_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such point' },
  place_not_found: { kind: 'not_found', retryable: false, meaning: 'the organisation has no such place' },
  outage_not_found: { kind: 'not_found', retryable: false, meaning: 'the place has no such outage' },
  installation_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the organisation has no such installation',
  },
  site_changed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'somebody has changed it meanwhile; read it again, and decide anew',
  },
  place_name_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'another place of the building has that name',
  },
  place_in_use: {
    kind: 'conflict',
    retryable: false,
    meaning: 'something hangs or lives there, or did: a place with a past is renamed or put out of service',
  },
  outage_overlaps: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the place is out of service on some of these days already',
  },
  meter_sum_impossible: {
    kind: 'conflict',
    retryable: false,
    meaning: 'a main meter sums meters of its own building that measure the same, and never itself',
  },
  meter_without_points: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the meter has no point yet: add its registers, or assign what its gateway sends',
  },
  meter_not_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'a gateway takes meters of its own building whose profile is known and that no gateway reads',
  },
  site_invalid: { kind: 'invalid', retryable: false, meaning: 'a value of the site is not what it must be' },
  name_ambiguous: { kind: 'conflict', retryable: false, meaning: 'several have that name; use the id' },
  gateway_exists: { kind: 'conflict', retryable: false, meaning: 'a gateway of that id is registered' },
  gateway_key_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the public key is registered already; a key belongs to one gateway for ever',
  },
  gateway_key_last: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the last key of a gateway cannot be retired: add the new one first, or revoke the gateway',
  },
  gateway_revoked: { kind: 'conflict', retryable: false, meaning: 'the gateway has been revoked' },
  gateway_unsigned: {
    kind: 'conflict',
    retryable: false,
    meaning: 'a simple device signs nothing and has no key',
  },
  gateway_token_limit: {
    kind: 'conflict',
    retryable: false,
    meaning: 'a gateway has two tokens at most, so that one can be exchanged; revoke the others',
  },
  installation_overlaps: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the point is installed somewhere else at that time',
  },
  sites_elsewhere: {
    kind: 'unavailable',
    retryable: false,
    meaning: 'a process of this role does not see all organisations; ask one of role all or worker',
  },
});
