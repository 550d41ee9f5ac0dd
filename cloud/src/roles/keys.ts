import { hkdfSync } from 'node:crypto';
import type { Secret } from '../config/index.ts';

/** The one secret that everything else is derived from; each part takes its own key, labelled by purpose. */
export const masterKey = (master: Secret): Buffer => Buffer.from(master.reveal(), 'base64');

/** HKDF-SHA256 (RFC 5869). The label is part of what exists: another one makes all links that are out invalid. */
export function fileLinkKey(master: Secret): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey(master), '', 'meterline file links 1', 32));
}
