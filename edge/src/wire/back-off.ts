export interface BackOffRules {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Growing pauses between attempts, scattered so that many gateways do not knock at one moment. */
export class BackOff {
  readonly #rules: BackOffRules;
  #attempt = 0;

  constructor(rules: BackOffRules) {
    this.#rules = rules;
  }

  nextMs(): number {
    const whole = Math.min(this.#rules.mostMs, this.#rules.firstMs * 2 ** Math.min(this.#attempt++, 20));
    return whole * (0.5 + 0.5 * (this.#rules.random ?? Math.random)());
  }

  succeeded(): void {
    this.#attempt = 0;
  }
}
