import { lifecycleSuite } from './queue-lifecycle-suite.ts';

lifecycleSuite('postgres');
