import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Signer, signerOfKey } from '@meterline/contracts';
import { canInstall, installPackages, missing, onPath } from '../../../scripts/stack/debian.ts';

export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
}

const CONFIG = `
[ca]
default_ca = this
[this]
new_certs_dir = {dir}
certificate = {dir}/ca.pem
private_key = {dir}/ca.key
database = {dir}/index.txt
serial = {dir}/serial
crlnumber = {dir}/crlnumber
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[req]
distinguished_name = dn
[dn]
`;

const EXTENSIONS = {
  server: (names: string) =>
    `basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=${names}\n`,
  client: () => 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n',
  hub: () => 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n',
};

/** A small CA with OpenSSL: what a hub has, with all that can be wrong about a certificate. */
export class FakeCa {
  readonly folder = mkdtempSync(join(tmpdir(), 'fake-ca-'));
  readonly ca: string;

  private constructor(name: string) {
    this.write('openssl.cnf', CONFIG.replaceAll('{dir}', this.folder));
    this.write('index.txt', '');
    this.write('serial', '1000\n');
    this.write('crlnumber', '01\n');
    this.ec('ca.key');
    this.openssl(
      'req',
      '-new',
      '-x509',
      '-key',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '60',
      '-subj',
      `/CN=${name}`,
      '-config',
      'openssl.cnf',
      '-extensions',
      'root',
    );
    this.ca = this.read('ca.pem');
  }

  static async create(name = 'fake hub CA'): Promise<FakeCa> {
    if (!onPath('openssl')) {
      if (!canInstall()) throw missing('openssl', 'openssl', 'PATH');
      await installPackages('openssl');
    }
    return new FakeCa(name);
  }

  server(names = 'IP:127.0.0.1,DNS:localhost', dates: readonly [string, string] | null = null): Issued {
    return this.issue('broker', EXTENSIONS.server(names), dates);
  }

  client(name: string, dates: readonly [string, string] | null = null): Issued {
    return this.issue(name, EXTENSIONS.client(), dates);
  }

  /** A key that signs receipts, configs and commands, with the certificate that vouches for it. */
  hubKey(): { signer: Signer; certificate: string } {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = signerOfKey(privateKey);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const issued = this.sign(pem, `ml1-hub-${signer.keyId}`, EXTENSIONS.hub(), null);
    return { signer, certificate: new X509Certificate(issued.cert).raw.toString('base64') };
  }

  revoke({ cert }: Issued): void {
    this.write('revoked.pem', cert);
    this.openssl('ca', '-config', 'openssl.cnf', '-revoke', 'revoked.pem');
  }

  crl(): string {
    this.openssl('ca', '-config', 'openssl.cnf', '-gencrl', '-out', 'crl.pem');
    return this.read('crl.pem');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private issue(name: string, extensions: string, dates: readonly [string, string] | null): Issued {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return this.sign(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), name, extensions, dates);
  }

  private sign(
    key: string,
    name: string,
    extensions: string,
    dates: readonly [string, string] | null,
  ): Issued {
    this.write('one.key', key);
    this.write('one.ext', extensions);
    this.openssl(
      'req',
      '-new',
      '-key',
      'one.key',
      '-out',
      'one.csr',
      '-subj',
      `/CN=${name}`,
      '-config',
      'openssl.cnf',
    );
    const when = dates ? ['-startdate', dates[0], '-enddate', dates[1]] : [];
    this.openssl(
      'ca',
      '-config',
      'openssl.cnf',
      '-batch',
      '-notext',
      '-in',
      'one.csr',
      '-out',
      'one.pem',
      '-extfile',
      'one.ext',
      ...when,
    );
    const cert = this.read('one.pem');
    return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
  }

  private ec(file: string): void {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.write(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  private write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text, { mode: 0o600 });
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}
