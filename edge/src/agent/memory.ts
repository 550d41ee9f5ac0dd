import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { CommissionedStore } from '../commission/index.ts';
import { ConfigStore } from '../desired/index.ts';
import type { Identity } from '../enrol/index.ts';
import { type Journal, type JournalOptions, journalPath, openJournal } from '../store/index.ts';
import { SwitchMemory } from '../switching/index.ts';
import type { Log } from './log.ts';
import { PollMemoryFile } from './poll-memory-file.ts';

export interface MemoryOptions {
  readonly folder: string;
  readonly identity: Identity;
  readonly clock: Clock;
  /** Name and version. */
  readonly agent: string;
  /** The desired state is written by a person on this machine, not by the hub: kept apart from that of the hub. */
  readonly local: boolean;
  readonly limits?: JournalOptions['limits'];
  readonly log: Log;
}

/** All that outlives a restart. */
export interface Memory {
  readonly journal: Journal;
  readonly switching: SwitchMemory;
  readonly commissioned: CommissionedStore;
  readonly configs: ConfigStore;
  readonly polling: PollMemoryFile;
  close(): void;
}

export function openMemory({ folder, identity, clock, agent, local, limits, log }: MemoryOptions): Memory {
  const { gateway, signer } = identity;
  const wallMs = () => clock.wallMs();
  const path = journalPath(folder);
  const journal = openJournal({ path, gateway, clock, agent, signer, ...(limits && { limits }) });
  const { replaced } = journal;
  if (replaced && replaced.reason !== 'first-start') {
    const kept = `${replaced.carriedBatches} batches and ${replaced.carriedRows} rows were carried over`;
    const where = replaced.quarantine === null ? '' : `; the old file is ${replaced.quarantine}`;
    log('warn', `the journal was replaced (${replaced.cause}): ${kept}${where}`);
  }
  try {
    const switching = new SwitchMemory(join(folder, 'switching.sqlite'), clock.now());
    if (switching.quarantined) log('warn', `damaged, put aside as ${switching.quarantined}; begun anew`);
    return {
      journal,
      switching,
      commissioned: new CommissionedStore(folder, wallMs),
      configs: new ConfigStore(folder, wallMs, local ? 'config.local.json' : 'config.json'),
      polling: new PollMemoryFile(folder),
      close: () => {
        switching.close();
        journal.close();
      },
    };
  } catch (error) {
    journal.close();
    throw error;
  }
}
