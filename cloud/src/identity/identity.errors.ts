import { defineErrors } from '../kernel/errors.ts';

export const identityError = defineErrors({
  sign_in_refused: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the sign-in does not fit: e-mail address or phone number, or password',
  },
  sign_in_limited: {
    kind: 'limited',
    retryable: true,
    meaning: 'too many tries that did not fit; wait and try again',
  },
  sign_in_busy: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'too many sign-ins at this moment; try again in a few seconds',
  },
  second_factor_needed: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the password fits; the code of the second factor is needed as well',
  },
  second_factor_refused: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the code does not fit, has run out, or was used before',
  },
  second_factor_demanded: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'this role needs a second factor: set one up, or sign in with it',
  },
  second_factor_exists: {
    kind: 'conflict',
    retryable: false,
    meaning: 'there is a second factor already; remove it first',
  },
  second_factor_missing: {
    kind: 'conflict',
    retryable: false,
    meaning: 'there is no second factor, or it was not begun',
  },
  cross_site_refused: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'a request that changes something must come from a page of this hub',
  },
  session_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such session of yours' },
  refresh_refused: {
    kind: 'unauthenticated',
    retryable: false,
    meaning: 'the refresh token is not good any more; sign in again',
  },
  password_weak: { kind: 'invalid', retryable: false, meaning: 'the password is too easy to guess' },
  identity_invalid: { kind: 'invalid', retryable: false, meaning: 'a value is not what it must be' },
  link_refused: {
    kind: 'not_found',
    retryable: false,
    meaning: 'the link was used, was taken back, has run out, or never was; ask for a new one',
  },
  contact_taken: {
    kind: 'conflict',
    retryable: false,
    meaning: 'somebody signs in with this e-mail address or phone number: sign in first, then accept',
  },
  invitation_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such invitation' },
  member_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is nobody of that id in the organisation',
  },
  member_last_owner: {
    kind: 'conflict',
    retryable: false,
    meaning: 'an organisation keeps one owner at least: make somebody else owner first',
  },
  role_not_yours_to_give: {
    kind: 'forbidden',
    retryable: false,
    meaning: 'your own role does not give or take away this one',
  },
  reset_not_yours: {
    kind: 'forbidden',
    retryable: false,
    meaning:
      'the person is somebody elsewhere or above you: only they themselves, or the operator, can reset the password',
  },
  membership_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is no such organisation for this sign-in',
  },
  api_key_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such API key' },
  consent_needed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'whoever joins must agree to the notices that are required; `documents` names them',
  },
  consent_document_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is no such notice in force, or no agreement to it',
  },
  consent_version_taken: {
    kind: 'conflict',
    retryable: true,
    meaning: 'another version was published at the same moment; look at it, then try again',
  },
  forget_held: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the person cannot be forgotten yet; `holds` says where, why, and until when',
  },
  identity_key_unknown: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'keys.master is not the key under which second factors were stored',
  },
});
