import { describeExactness } from './metering-exact-suite.ts';

describeExactness('plain', 100, 60);
