import { describeExactness } from './metering-exact-suite.ts';

describeExactness('timescale', 100, 60);
