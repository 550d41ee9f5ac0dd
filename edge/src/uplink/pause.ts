export interface PauseRules {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Never less: a broker that closes at once must not be knocked at in a loop. */
  readonly leastMs?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/**
 * Full jitter: anywhere between nothing and the doubled pause. After a power cut of a whole street it spreads the
 * gateways more evenly than a pause with a jittered part.
 */
export class Pause {
  readonly #rules: PauseRules;
  #attempt = 0;

  constructor(rules: PauseRules) {
    this.#rules = rules;
  }

  nextMs(): number {
    const { firstMs, mostMs, leastMs = 0, random = Math.random } = this.#rules;
    const whole = Math.min(mostMs, firstMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt += 1;
    return Math.round(Math.max(leastMs, whole * random()));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
