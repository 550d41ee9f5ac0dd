import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { normalisePassword } from './domain/password.ts';
import { identityError } from './identity.errors.ts';

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/** OWASP's least for argon2id; a hash keeps its own, so that these can be raised. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
type Cost = Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism'>;
const TAG = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d{4,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{22,64})\$([A-Za-z0-9+/]{43})$/;
/** Each takes 20 MB and a thread for 20 ms: beyond this a second of waiting has gathered, and more is refused at once. */
const MOST_WAITING = 100;

/** argon2id (RFC 9106) in the threads of libuv, as PHC strings. */
export class PasswordHasher {
  readonly #mostWaiting: number;
  readonly #cost: Cost;
  #waiting = 0;
  #nobody: Promise<string> | undefined;

  constructor({ mostWaiting = MOST_WAITING, cost = COST }: { mostWaiting?: number; cost?: Cost } = {}) {
    this.#mostWaiting = mostWaiting;
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const nonce = randomBytes(16);
    const tag = await this.#derive(password, nonce, this.#cost);
    const { memory, passes, parallelism } = this.#cost;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(nonce)}$${text(tag)}`;
  }

  /** Takes as long where there is no hash to compare with. */
  async fits(password: string, hash: string | undefined): Promise<boolean> {
    this.#nobody ??= this.hash(randomBytes(24).toString('base64'));
    const parsed = PHC.exec(hash ?? (await this.#nobody));
    const [, m, t, p, nonce = '', tag = ''] = parsed ?? [];
    if (!parsed)
      throw identityError('identity_invalid', { message: 'a stored password is no argon2id hash' });
    const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
    const found = await this.#derive(password, Buffer.from(nonce, 'base64'), cost);
    return timingSafeEqual(found, Buffer.from(tag, 'base64')) && hash !== undefined;
  }

  /** Was it made with less than what is asked for today? */
  isOld(hash: string): boolean {
    const { memory, passes, parallelism } = this.#cost;
    return !hash.startsWith(`$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$`);
  }

  async #derive(password: string, nonce: Buffer, cost: Cost): Promise<Buffer> {
    if (this.#waiting >= this.#mostWaiting) throw identityError('sign_in_busy');
    this.#waiting += 1;
    try {
      const message = Buffer.from(normalisePassword(password));
      return await derive('argon2id', { message, nonce, ...cost, tagLength: TAG });
    } finally {
      this.#waiting -= 1;
    }
  }
}

const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
