import { type Order, orderWords, type ProfileRegister } from '../profile-register.ts';

/** Which word of the wire is the k-th most significant, and whether the bytes within each word are swapped. */
export interface WordOrder {
  readonly index: readonly number[];
  readonly swapped: boolean;
}

/**
 * Every order of the contract is an exchange of whole registers with or without swapped bytes. The letters say where
 * the bytes stand: in CDAB the most significant byte, A, is the third on the wire.
 */
function wordOrder(words: number, order?: Order): WordOrder {
  if (order === undefined) return { index: Array.from({ length: words }, (_, k) => k), swapped: false };
  const index: number[] = [];
  let swapped = false;
  for (let k = 0; k < words; k += 1) {
    const place = order.indexOf(String.fromCharCode(65 + 2 * k));
    index.push(place >> 1);
    swapped = (place & 1) === 1;
  }
  return { index, swapped };
}

/** For a pair the order holds within each half. */
export const orderOf = (register: Pick<ProfileRegister, 'type' | 'words' | 'order'>): WordOrder =>
  wordOrder(orderWords(register), register.order);

const swapBytes = (word: number): number => ((word & 0xff) << 8) | (word >>> 8);

/** The k-th most significant word of a value that begins at `at`. */
export function wordAt(
  words: readonly number[],
  at: number,
  { index, swapped }: WordOrder,
  k: number,
): number {
  const word = words[at + (index[k] ?? k)];
  // A missing word must never pass for a zero.
  if (word === undefined) throw new RangeError(`${words.length} words are too few`);
  return swapped ? swapBytes(word) : word;
}

/** The inverse: most significant first, as the meter puts them on the wire. */
export function onWire(words: readonly number[], { index, swapped }: WordOrder): number[] {
  const wire = new Array<number>(words.length).fill(0);
  for (const [k, word] of words.entries()) wire[index[k] ?? k] = swapped ? swapBytes(word) : word;
  return wire;
}
