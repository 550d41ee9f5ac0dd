/** Fresh readings first; what was sealed long ago is drained in a bounded share. */
export type Lane = 'live' | 'backfill';

/** Sealed longer ago than this is backfill. */
export const LIVE_FOR_MS = 15 * 60_000;

export const laneOf = (sealed: number | undefined, now: number): Lane =>
  sealed !== undefined && now - sealed > LIVE_FOR_MS ? 'backfill' : 'live';

interface Turn<Item> {
  readonly waiting: Item[];
  /** Rows it may still have taken in this round; negative is a debt that it sits out. */
  credit: number;
}

/** Rows that each gateway is given a round. */
const QUANTUM = 500;

/**
 * One lane: gateways take turns, by rows. What a message costs is known only when it has been opened, so it is charged
 * afterwards and the debt is sat out (surplus round robin). Between two gateways that never run dry, the rows taken
 * differ by no more than a quantum and one message.
 */
export class FairLane<Item> {
  /** In the order of their turns. */
  readonly #turns = new Map<string, Turn<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(gateway: string, item: Item): void {
    const turn = this.#turns.get(gateway);
    if (turn) turn.waiting.push(item);
    else this.#turns.set(gateway, { waiting: [item], credit: QUANTUM });
    this.#size += 1;
  }

  /** What was taken and could not be done goes back to where it was. */
  putBack(gateway: string, item: Item): void {
    const turn = this.#turns.get(gateway);
    if (turn) turn.waiting.unshift(item);
    else this.#turns.set(gateway, { waiting: [item], credit: QUANTUM });
    this.#size += 1;
  }

  /** The next in turn that may be taken; `busy` gateways keep their turn. */
  take(busy: (gateway: string) => boolean): { readonly gateway: string; readonly item: Item } | undefined {
    if (this.#size === 0) return undefined;
    for (let passed = 0; passed < this.#turns.size; ) {
      const [[gateway, turn] = []] = this.#turns;
      if (gateway === undefined || turn === undefined) return undefined;
      if (turn.credit > 0 && turn.waiting.length > 0 && !busy(gateway)) {
        const item = turn.waiting.shift();
        this.#size -= 1;
        if (item !== undefined) return { gateway, item };
      }
      passed += this.#pass(gateway, turn, busy(gateway));
    }
    return undefined;
  }

  charge(gateway: string, rows: number): void {
    const turn = this.#turns.get(gateway);
    if (turn) turn.credit -= rows;
  }

  /** To the end of the line; 1 when it brought nobody nearer to a turn. */
  #pass(gateway: string, turn: Turn<Item>, isBusy: boolean): 0 | 1 {
    this.#turns.delete(gateway);
    const wasInDebt = turn.credit <= 0;
    if (wasInDebt) turn.credit += QUANTUM;
    const isDone = turn.waiting.length === 0 && turn.credit > 0;
    if (!isDone) this.#turns.set(gateway, turn);
    if (isDone) return 0;
    return wasInDebt && !isBusy ? 0 : 1;
  }
}
