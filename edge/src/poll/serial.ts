/** Which meter answers at this place. Another serial number than before is another meter. */
export class Serial {
  private readonly configured: string | null;
  private known: string | undefined;
  private from: string | undefined;

  constructor(configured: string | null, known: string | undefined, swappedFrom: string | undefined) {
    this.configured = configured;
    this.known = known;
    this.from = swappedFrom;
    if (known !== undefined && configured === known) this.from = undefined;
  }

  /** The points belong to another meter than the one that answers. */
  get swapped(): boolean {
    return this.from !== undefined;
  }

  get current(): string | undefined {
    return this.known ?? this.configured ?? undefined;
  }

  /** The serial number before, when this is another one and must be confirmed. */
  read(text: string): string | null {
    const before = this.current;
    if (before !== undefined && before !== text) return before;
    this.known = text;
    if (this.configured !== null && this.configured !== text) this.from ??= this.configured;
    return null;
  }

  /** Confirmed: from now on this one is the meter. */
  change(text: string): { before: string; after: string } {
    const before = this.current ?? text;
    this.known = text;
    if (text === this.configured || text === this.from) this.from = undefined;
    else this.from ??= before;
    return { before, after: text };
  }

  memory(): { serial?: string; swappedFrom?: string } {
    return {
      ...(this.known === undefined ? {} : { serial: this.known }),
      ...(this.from === undefined ? {} : { swappedFrom: this.from }),
    };
  }
}
