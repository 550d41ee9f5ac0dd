export { bodyOf, headerOf } from './body.ts';
export { csvLine, faultTable } from './csv-lines.ts';
export { sniffed } from './sniffed.ts';
export { FORMATS, type Format, openTable, type Table, type TableChoice, type TableFacts } from './table.ts';
