import type { X509Certificate } from 'node:crypto';
import { Credentials, HubKeyRing } from '../enrol/index.ts';
import { certificateFrom } from '../enrol/trust.ts';
import type { Broker, Doorway } from '../uplink/index.ts';

export interface HubWayParts {
  readonly folder: string;
  readonly wallMs: () => number;
  readonly utc: () => number | undefined;
  /** A broker that a person wrote into the configuration, in place of that of the enrolment. */
  readonly broker: Broker | null;
}

/** How the hub is reached and whom to believe there: by enrolment, or as a person wrote it down. */
export class HubWay {
  readonly #parts: HubWayParts;
  readonly ring: HubKeyRing;
  readonly broker: Broker | null;
  credentials: Credentials;
  /** A renewed certificate that the broker would not have: the one before is used again. */
  rolledBack: () => void = () => {};

  constructor(parts: HubWayParts) {
    const { folder, wallMs, utc } = parts;
    this.#parts = parts;
    this.broker = parts.broker;
    this.credentials = new Credentials(folder, wallMs);
    this.ring = new HubKeyRing(folder, {
      pinned: () => [...this.credentials.pinned, ...this.#written()],
      utc: () => utc() ?? null,
    });
  }

  /** Somebody may have enrolled this gateway with the command of that name meanwhile. */
  lookAgain(): void {
    if (!this.credentials.enrolled)
      this.credentials = new Credentials(this.#parts.folder, this.#parts.wallMs);
  }

  /** There is a broker to connect to. */
  get isOpen(): boolean {
    return this.broker !== null || this.credentials.enrolled;
  }

  readonly doorway: Doorway = {
    broker: () => {
      const { broker } = this;
      if (broker) return { ...broker, ca: [...broker.ca, ...this.credentials.pinnedPems] };
      const current = this.#current();
      if (!current?.broker)
        throw new TypeError('this gateway is not enrolled: meterline-edge enrol --hub https://…');
      return { url: current.broker, ca: current.ca };
    },
    credentials: () => (this.broker?.token === undefined ? this.#current() : undefined),
    worked: ({ fingerprint }) => this.credentials.worked(fingerprint),
    refused: ({ fingerprint }) => {
      if (this.credentials.refused(fingerprint) === 'rolled-back') this.rolledBack();
    },
  };

  #current() {
    return this.credentials.current(this.#parts.utc() ?? null);
  }

  #written(): X509Certificate[] {
    return (this.broker?.ca ?? []).flatMap((pem) => certificateFrom(pem) ?? []);
  }
}
