/** Whom a connection belongs to, once it is believed. */
export interface MqttPrincipal {
  /** The only name under which it may publish and subscribe; also its client id. */
  readonly name: string;
  readonly by: 'certificate' | 'token';
  /** Of a certificate: what a revocation names. */
  readonly fingerprint?: string;
}

/** A client certificate that TLS has verified up to the CA: dates, purpose, signature. Revocation is not judged yet. */
export interface PresentedCertificate {
  readonly commonName: string;
  /** SHA-256 of the DER, 64 hex digits. */
  readonly fingerprint: string;
  readonly serial: string;
}

/** What a client says of itself when it connects. */
export interface Presented {
  readonly clientId: string;
  readonly address: string;
  readonly username?: string;
  readonly password?: Buffer;
  readonly certificate?: PresentedCertificate;
}

/** Why something was turned away; counted, and told once a minute at most. */
export type MqttRefusal =
  | 'too-many-connections'
  | 'too-many-connects'
  | 'not-authenticated'
  | 'certificate-refused'
  | 'client-id'
  | 'keepalive'
  | 'will'
  | 'publish-topic'
  | 'subscribe-filter'
  | 'too-many-subscriptions'
  | 'packet-too-large'
  | 'malformed'
  | 'too-slow'
  | 'revoked';

export interface MqttDoorHandlers {
  /** Undefined: nobody we know. Only the embedded broker asks; another broker has asked for itself. */
  authenticate(presented: Presented): Promise<MqttPrincipal | undefined>;
  mayPublish(principal: MqttPrincipal, topic: string): boolean;
  maySubscribe(principal: MqttPrincipal, filter: string): boolean;
  /**
   * Resolves when the message is settled, which is when it is acknowledged. Rejects when nothing was stored: then it is
   * not acknowledged, and comes again. The principal is undefined behind a broker of its own: its ACL has judged.
   */
  received(principal: MqttPrincipal | undefined, topic: string, payload: Buffer): Promise<void>;
  /** It is in. */
  connected?(principal: MqttPrincipal): void;
  /** It has subscribed, or came back to a session that has: what goes down now arrives. */
  listens?(principal: MqttPrincipal): void;
  gone?(principal: MqttPrincipal): void;
  /** For the record of refusals; `name` where it is known. */
  refused?(reason: MqttRefusal, name: string | undefined, topic: string | undefined): void;
}

export interface PublishOptions {
  /** The newest one is kept, for whoever subscribes later. */
  readonly retain?: boolean;
}

export interface MqttDoorStats {
  /** Of the embedded broker: clients. Of another broker: our own consumers that stand. */
  readonly connections: number;
  /** Whether messages can come in at all. */
  readonly open: boolean;
  /** Handed over and not settled yet. */
  readonly inFlight: number;
  readonly received: number;
  readonly receivedBytes: number;
  /** Not acknowledged: nothing was stored. */
  readonly failed: number;
  readonly published: number;
  /** Down messages that were given up: a full queue, a broker that is away. */
  readonly unpublished: number;
  readonly refused: Readonly<Partial<Record<MqttRefusal, number>>>;
  /** Offline and online clients that messages are kept for. */
  readonly sessions: number;
}

/** A way for MQTT messages in and out. Both adapters pass one suite: cloud/test/medium/mqtt-door-suite.ts. */
export interface MqttDoor {
  start(): Promise<void>;
  /**
   * With QoS 1. Embedded: resolves when it is on its way or kept for the client. Another broker: when it has it. Rejects
   * with `mqtt_unavailable` rather than to keep it in memory.
   */
  publish(topic: string, payload: Buffer, options?: PublishOptions): Promise<void>;
  /** Ends what a name has open, at once. Another broker does that by its own revocation list. */
  disconnect(name: string, reason: MqttRefusal): void;
  /** Nothing new comes in; what was handed over is settled and acknowledged, as long as that takes. */
  stop(): Promise<void>;
  stats(): MqttDoorStats;
}
