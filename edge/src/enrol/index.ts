export { type ClaimCode, claimUri, codeFitsKey, fingerprintText, readClaimCode } from './claim-code.ts';
export { claimSheet } from './claim-sheet.ts';
export { Credentials, type TlsCredentials } from './credentials.ts';
export { type Door, doorTo, HubUrlError, hubUrl } from './door.ts';
export { type EnrolmentParts, type EnrolStep, knockForRenewal, knockWithClaim } from './enrolment.ts';
export { HubKeyRing, type HubKeysTaken } from './hub-keys.ts';
export { type Identity, IdentityError, openIdentity, readIdentity, renewClaimCode } from './identity.ts';
