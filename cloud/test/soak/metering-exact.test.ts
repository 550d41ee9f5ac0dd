import { describeExactness } from '../medium/metering-exact-suite.ts';

// A thousand meters, a hundred at a time: so many as the memory of a small machine holds beside two databases.
for (const layer of ['plain', 'timescale'] as const)
  for (let first = 1; first <= 1_000; first += 100) describeExactness(layer, 100, 60, first);
