import type { Signer } from '../keys.ts';

// X.509 (RFC 5280) with Ed25519 (RFC 8410), as much of it as a fixture needs: the same bytes on every machine.

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
const utcTime = (text: string): Buffer => der(0x17, Buffer.from(text));
const TRUE = Buffer.of(0x01, 0x01, 0xff);

const ED25519 = sequence(oid('2b6570'));
const VALIDITY = sequence(utcTime('260101000000Z'), utcTime('360101000000Z'));
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');

const named = (name: string): Buffer =>
  sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));

/** May sign other certificates, and must be understood. */
const isCa = der(0xa3, sequence(sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE)))));

export interface Subject {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly serial: number;
}
export interface Issuer {
  readonly name: string;
  readonly signer: Signer;
}

export function certificate({ name, publicKey, serial }: Subject, issuer: Issuer): Buffer {
  const isRoot = issuer.name === name;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(serial)),
    ED25519,
    named(issuer.name),
    VALIDITY,
    named(name),
    sequence(ED25519, bits(publicKey)),
    ...(isRoot ? [isCa] : []),
  );
  return sequence(body, ED25519, bits(issuer.signer.sign(body)));
}
