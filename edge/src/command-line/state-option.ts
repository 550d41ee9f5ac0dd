import { Option } from 'commander';

/** Where the gateway keeps its identity, configuration and journal. */
export const stateOption = (): Option =>
  new Option('--state <folder>', 'where the gateway keeps its identity, configuration and journal')
    .env('METERLINE_STATE')
    .default('/var/lib/meterline-edge');
