export type { IssuedCertificate, Revoked } from './certificates.ts';
export { pkiError } from './pki.errors.ts';
export { type Credential, type DoorKeys, loadDoorKeys, Pki, type PkiOptions } from './pki.ts';
export { KeyVault } from './sealed-key.ts';
