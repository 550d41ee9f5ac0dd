import { sha256Hex } from '../keys.ts';
import { records } from './batches.ts';
import {
  type BadSample,
  boundedAs,
  column,
  type Json,
  parts,
  recordedAs,
  resigned,
  sample,
  swept,
  sweptAs,
} from './forge.ts';
import { bytesOf, IDS, MIDNIGHT } from './world.ts';

const YEAR = 365 * 86_400_000;
const digest = bytesOf('digest of a batch that was given up', 32).toString('hex');

const previous = { gateway: IDS.gateway, journal: IDS.oldJournal, last: 5_000, batch: 60, digest };

/** What a journal says of its past, and could not say truly. */
function pasts(): BadSample[] {
  const restart = (change: Json) => recordedAs('restart', { previous: { ...previous, ...change } });
  const { gateway: _, ...nameless } = previous;
  return [
    sample(
      'inconsistent',
      'restart-own-journal',
      'a journal before itself',
      restart({ journal: IDS.journal }),
    ),
    sample(
      'inconsistent',
      'restart-foreign',
      'the journal of another gateway, and no word of new hardware',
      restart({ gateway: IDS.otherGateway, lost: [[1, 5_000]] }),
    ),
    sample(
      'malformed',
      'restart-nameless',
      'a journal before that belonged to nobody',
      recordedAs('restart', { previous: nameless }),
    ),
    sample(
      'malformed',
      'restart-lost-beyond',
      'more lost than was ever written',
      restart({ lost: [[1, 5_001]] }),
    ),
    sample(
      'malformed',
      'restart-lost-unknown',
      'lost ranges of a journal whose end is unknown',
      restart({ last: null, lost: [[1, 2]] }),
    ),
  ];
}

/** One record at sequence `at`, which drops everything before it. */
function farEnd(at: number): Buffer {
  const record = { kind: 'dropped', t: MIDNIGHT, ranges: [[1, at - 1]], class: 'unknown', reason: 'corrupt' };
  const body = JSON.stringify({ records: [record] });
  const { holes: _, ...head } = JSON.parse(parts(records()).head) as Json;
  const place = { batch: 6, previous: digest, first: at, last: at, body: sha256Hex(body) };
  return resigned('records', JSON.stringify({ ...head, ...place }), body);
}

function holes(): BadSample[] {
  const dropped = (change: Json) => recordedAs('dropped', change);
  const entry = (batch: number) => ({ batch, digest, previous: digest });
  // The golden records with five batches before them, so that one can be named.
  const within = (batches: Json[]) =>
    recordedAs('dropped', { batches }, (head) => ({ ...head, batch: 6, previous: digest }));
  return [
    sample(
      'malformed',
      'dropped-everything',
      'all that a journal could ever hold, dropped by a record at its far end',
      farEnd(2 ** 53 - 2),
    ),
    sample(
      'malformed',
      'dropped-too-many',
      'more sequences than one record can account for',
      recordedAs('dropped', { ranges: [[2, 1_000_002]] }),
    ),
    sample('inconsistent', 'dropped-restart', 'record 1 dropped as a gauge', dropped({ ranges: [[1, 1]] })),
    sample(
      'inconsistent',
      'dropped-and-sent',
      'a sequence dropped by the batch that holds it',
      dropped({ ranges: [[2, 6]] }),
    ),
    sample('inconsistent', 'dropped-own-batch', 'a batch that gives itself up', within([entry(6)])),
    sample('inconsistent', 'dropped-future-batch', 'a batch that was not sealed yet', within([entry(7)])),
    sample('malformed', 'dropped-batch-twice', 'one batch given up twice', within([entry(3), entry(3)])),
    sample(
      'malformed',
      'dropped-broken-chain',
      'two neighbours, of which the second does not name the first',
      within([entry(3), { ...entry(4), previous: '0'.repeat(64) }]),
    ),
    sample(
      'inconsistent',
      'dropped-other-digest',
      'the batch right before, with another digest than the statement names',
      within([{ ...entry(5), digest: '0'.repeat(64) }]),
    ),
  ];
}

function sweeps(): BadSample[] {
  const passes = (...names: ('only' | 'first' | 'last')[]) =>
    swept((leaf, i) => ({ ...leaf, pass: names[i] ?? 'only' }));
  return [
    sample(
      'inconsistent',
      'point-only-twice',
      'one point read only once, twice',
      passes('only', 'only', 'only'),
    ),
    sample('inconsistent', 'last-without-first', 'a last pass and no first', passes('last', 'only', 'first')),
    sample(
      'inconsistent',
      'last-read-first',
      'the last pass read before the first',
      swept((leaf, i) => (i === 0 ? { ...leaf, read: MIDNIGHT + 1_200 } : leaf)),
    ),
    sample(
      'malformed',
      'sweep-for-life',
      'a sweep that takes 70 years',
      sweptAs({ sweep: [MIDNIGHT + 1_000, MIDNIGHT + 70 * YEAR], sealed: MIDNIGHT + 71 * YEAR }),
    ),
    sample(
      'malformed',
      'sweep-a-year-late',
      'a quarter hour that was read a year after it',
      swept(
        (leaf) => ({ ...leaf, read: leaf.read + YEAR }),
        (head) => ({
          ...head,
          sweep: [MIDNIGHT + YEAR + 1_000, MIDNIGHT + YEAR + 1_200],
          sealed: MIDNIGHT + 2 * YEAR,
        }),
      ),
    ),
    sample(
      'inconsistent',
      'bracket-of-2020',
      'interpolated from a reading six years before',
      swept((leaf) => ({ ...leaf, bracket: leaf.bracket && { ...leaf.bracket, at: Date.UTC(2020, 0, 1) } })),
    ),
    sample(
      'malformed',
      'boundary-uncertain',
      'a boundary by a clock that may be an hour wrong',
      sweptAs({ clock: { state: 'synced', boot: 3, anchor: 1_180, uncertainty: 3_600_000 } }),
    ),
    sample(
      'malformed',
      'sealed-before-read',
      'sealed years before it was read',
      sweptAs({ sealed: MIDNIGHT - 5 * YEAR }),
    ),
    sample(
      'malformed',
      'command-of-a-quarter',
      'a quarter hour that a command asked for',
      sweptAs({ command: IDS.command }),
    ),
    sample(
      'malformed',
      'reread-without-words',
      'a re-read that promises its words and has none',
      swept((leaf, i) => (i === 1 ? { ...leaf, rereads: ['123457/'] } : leaf)),
    ),
  ];
}

function times(): BadSample[] {
  const bounds = (after: number, before: number) =>
    boundedAs({ clock: { state: 'bounded', boot: 4, after, before } });
  return [
    sample(
      'inconsistent',
      'two-values',
      'one point with two values at one time',
      column({ p: [0, 1, 0, 1], t: [MIDNIGHT - 60_000, 0, 0, 60_041] }),
    ),
    sample(
      'malformed',
      'clock-of-a-year',
      'a synchronised clock that may be a year wrong',
      boundedAs({ clock: { state: 'synced', boot: 4, anchor: 2, uncertainty: YEAR } }),
    ),
    sample(
      'malformed',
      'bounded-for-life',
      'a boot that may begin after its rows were sealed',
      bounds(Date.UTC(2020, 0, 1), Date.UTC(2099, 0, 1)),
    ),
  ];
}

/** Rightly signed, well formed one by one, and harmful when they are believed together. */
export const badJournals = (): BadSample[] => [pasts, holes, sweeps, times].flatMap((group) => group());
