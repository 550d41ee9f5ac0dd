export { type Examined, examine } from './examine.ts';
export { type Finding, findingLines, worst } from './finding.ts';
