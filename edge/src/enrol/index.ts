export { claimSheet } from './claim-sheet.ts';
export { Credentials, type TlsCredentials } from './credentials.ts';
export { type Door, doorTo, HubUrlError } from './door.ts';
export { type EnrolmentParts, type EnrolStep, knockForRenewal, knockWithClaim } from './enrolment.ts';
export { HubKeyRing, type HubKeysTaken } from './hub-keys.ts';
export { type Identity, IdentityError, openIdentity, renewClaimCode } from './identity.ts';
