/** What the ingest tells of, in the transaction that stored it. */
export const INGEST_TOPICS = [
  // Two batches, or two journals, claim one place: a copied card.
  'gateway.cloned',
  // A record gives up, or names otherwise, what is stored.
  'gateway.contradicted',
  'gateway.gap',
  'point.seen',
  'reading.conflict',
  'reading.opening',
] as const;
