import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import {
  Credentials,
  claimSheet,
  type Door,
  doorTo,
  type EnrolStep,
  HubUrlError,
  type Identity,
  IdentityError,
  knockWithClaim,
  openIdentity,
  renewClaimCode,
} from '../enrol/index.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { interruptible } from './port-option.ts';
import { stateOption } from './state-option.ts';

interface EnrolOptions {
  readonly state: string;
  readonly hub?: string;
  readonly ca?: string;
  readonly newCode?: boolean;
  readonly newHub?: boolean;
  readonly json?: boolean;
}

const AGAIN_MS = 10_000;

export function addEnrol(program: Command, io: Io, agent: string): void {
  program
    .command('enrol')
    .description('show who this gateway is and its claim code; with --hub wait until it is claimed')
    .addOption(stateOption())
    .option('--hub <url>', 'https://hub.example.com')
    .option(
      '--ca <file>',
      'certificate (PEM) of the authority that vouches for the hub, if it is one of its own',
    )
    .option('--new-code', 'make a new claim code; the key stays')
    .option('--new-hub', 'another hub than before: trust its authority in place of the old one')
    .option('--json', 'one JSON object instead of the sheet')
    .action((options: EnrolOptions) => enrol(options, io, agent));
}

async function enrol(options: EnrolOptions, io: Io, agent: string): Promise<void> {
  const { state, hub, json } = options;
  const wallMs = () => systemClock().wallMs();
  const identity = identityIn(options, wallMs);
  const door = hub === undefined ? undefined : await doorOf(hub, options, io, wallMs);
  if (!json) for (const line of claimSheet(identity)) io.out(line);
  if (!door || hub === undefined) {
    if (json)
      io.out(JSON.stringify(shown(identity, new Credentials(state, wallMs, 'look').active()?.expires)));
    else io.out('\nEnter the claim code at the hub, or scan it; then: meterline-edge enrol --hub https://…');
    return;
  }
  if (!json) io.out(`\nwaiting at ${hub} until somebody claims it (Ctrl-C to stop; it can be started again)`);
  const credentials = new Credentials(state, wallMs);
  const parts = { identity, credentials, door, hub, agent, utc: wallMs, newHub: options.newHub === true };
  const expires = await waitAtDoor(() => knockWithClaim(parts), io);
  if (json) io.out(JSON.stringify(shown(identity, expires)));
  else io.out(`enrolled; the certificate is valid until ${new Date(expires).toISOString().slice(0, 10)}`);
}

function identityIn({ state, newCode }: EnrolOptions, wallMs: () => number): Identity {
  try {
    return newCode ? renewClaimCode(state, { wallMs }) : openIdentity(state, { wallMs });
  } catch (error) {
    if (error instanceof IdentityError) throw new Failure(error.message, EXIT.faulty, { cause: error });
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new Failure(
        `${state} cannot be written by this user; try sudo, or another --state`,
        EXIT.unreadable,
        { cause: error },
      );
    }
    throw error;
  }
}

async function doorOf(hub: string, { state, ca }: EnrolOptions, io: Io, wallMs: () => number): Promise<Door> {
  const own = ca === undefined ? undefined : (await readOrFail(io, ca)).toString('utf8');
  if (own !== undefined && !own.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Failure(`${ca} holds no certificate in PEM`, EXIT.unreadable);
  }
  try {
    const pinned = new Credentials(state, wallMs, 'look').pinnedPems;
    return doorTo({ hub, pinned, ...(own !== undefined && { ca: [own] }) });
  } catch (error) {
    if (error instanceof HubUrlError) throw new Failure(error.message, EXIT.usage, { cause: error });
    throw error;
  }
}

async function waitAtDoor(knock: () => Promise<EnrolStep>, io: Io): Promise<number> {
  const stop = interruptible();
  try {
    for (;;) {
      const step = await knock();
      if (step.is === 'enrolled') return step.expires;
      if (step.is === 'refused')
        throw new Failure(`the hub refuses (${step.because}): ${step.detail}`, EXIT.faulty);
      if (step.is === 'failed' && step.because !== 'unreachable' && step.because !== 'busy') {
        const why = step.because === 'not-believed' ? 'the answer of the hub is not believed: ' : '';
        throw new Failure(`${why}${step.detail}`, EXIT.faulty);
      }
      if (step.is === 'failed') io.err(`${step.detail}; trying again`);
      await sleep(step.retryAfterMs ?? AGAIN_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) throw new Failure('not claimed yet', EXIT.unanswered);
    }
  } finally {
    stop.release();
  }
}

const shown = ({ gateway, signer, claimCode }: Identity, expires: number | undefined) => ({
  gateway,
  publicKey: signer.publicKey.toString('hex'),
  claimCode,
  enrolledUntil: expires === undefined ? null : new Date(expires).toISOString(),
});
