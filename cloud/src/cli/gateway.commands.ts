import type { Command } from 'commander';
import type { GatewayReport, RecordsService } from '../ingest/index.ts';
import type { SitesAtHand } from '../roles/sites.ts';
import type { GatewayDetails } from '../sites/index.ts';
import type { CommandContext } from './context.ts';
import { printRows } from './output.ts';
import { chooseBuilding, chooseMeter, chooseOrganisation, fileOf, valueOrFile } from './site-choice.ts';
import {
  BUILDING,
  BY,
  CONFIG,
  type InOrganisation,
  inOrganisation,
  JSON_OPTION,
  ORGANISATION,
} from './sites.commands.ts';

interface Add extends InOrganisation {
  readonly publicKey?: string;
  readonly building?: string;
  readonly id?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly replaces?: string;
}

const PUBLIC_KEY = '64 hex digits as the gateway shows them, PEM, or @file that holds either';

export function addGatewayCommands(program: Command, context: CommandContext): void {
  const group = program.command('gateway').summary('gateways and their credentials');
  addAndList(group, context);
  addMeters(group, context);
  addCredentials(group, context);
  group
    .command('revoke')
    .summary('let it in no more, for good; what it sent stays')
    .argument('<gateway>', 'id of the gateway')
    .requiredOption('--reason <text>', 'why; stands in the audit log')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (gateway: string, options: InOrganisation & { reason: string }) => {
      const done = await inOrganisation(context, options, ({ gateways }, organisation) =>
        gateways.revoke(organisation, gateway, options.reason, BY),
      );
      show(context, done, options);
    });
}

function addAndList(group: Command, context: CommandContext): void {
  group
    .command('add')
    .summary('register one by the public key that it made')
    .option('--public-key <key>', PUBLIC_KEY)
    .option(
      '--id <uuid>',
      'the id that the gateway gave itself; left out: a new one, to be told to the gateway',
    )
    .option('--name <text>', 'as people call it')
    .option(
      '--kind <kind>',
      'signed, or simple for a device that signs nothing and has a token only',
      'signed',
    )
    .option('--replaces <id>', 'the gateway whose points it reads from now on')
    .option(...BUILDING)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: Add) => {
      const publicKey = options.publicKey && valueOrFile(options.publicKey, '--public-key');
      const added = await inOrganisation(context, options, async (at, organisation) => {
        const building = await chooseBuilding(at, organisation, options.building);
        const { id, name, kind, replaces } = options;
        return at.gateways.add(organisation, { id, name, kind, replaces, publicKey, building }, BY);
      });
      show(context, added, options);
    });
  group
    .command('list')
    .summary('list them, and when each was last heard')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inOrganisation(context, options, ({ gateways }, organisation) =>
        gateways.list(organisation),
      );
      printRows(context.terminal, rows, ['id', 'name', 'kind', 'state', 'points', 'seenAt'], options);
    });
  group
    .command('show')
    .summary('one gateway with its keys, tokens and certificates')
    .argument('<gateway>', 'id of the gateway')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (gateway: string, options: InOrganisation) => {
      const { found, report } = await inOrganisation(context, options, async (at, organisation) => ({
        found: await at.gateways.show(organisation, gateway),
        report: await gatewayReport(at.db, { ...BY, organisation }, gateway),
      }));
      show(context, report ? { ...found, report } : found, options);
      if (report) showReport(context, report, options);
    });
}

function addMeters(group: Command, context: CommandContext): void {
  group
    .command('read')
    .summary('say that it reads meters that came from a list: what it sends of them is theirs')
    .argument('<gateway>', 'id of the gateway')
    .option(
      '--meter <label...>',
      'id, label or serial number; left out: all of its building that no gateway reads',
    )
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (gateway: string, options: InOrganisation & { meter?: string[] }) => {
      const rows = await inOrganisation(context, options, async (at, organisation) => {
        const { meter: named } = options;
        const wanted = named && (await Promise.all(named.map((one) => chooseMeter(at, organisation, one))));
        const taken = await at.gateways.takeMeters(organisation, gateway, wanted, BY);
        return (await at.meters.meters(organisation)).filter(({ id }) => taken.includes(id));
      });
      printRows(context.terminal, rows, ['id', 'label', 'role', 'measures', 'profile', 'serial'], options);
    });
}

function addCredentials(group: Command, context: CommandContext): void {
  group
    .command('token')
    .summary('make a token for a broker without certificates, or a simple device; it is shown once')
    .argument('<gateway>', 'id of the gateway')
    .option('--replace', 'revoke the tokens that it has')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .action(async (gateway: string, options: InOrganisation & { replace?: boolean }) => {
      const replace = options.replace === true;
      const token = await inOrganisation(context, options, ({ gateways }, organisation) =>
        gateways.issueToken(organisation, gateway, { replace }, BY),
      );
      // Alone on standard output, so that it can be piped to where it belongs.
      context.terminal.out(token);
      context.terminal.err(`user name: ${gateway}; this is the password, and it is not shown again`);
    });
  group
    .command('certificate')
    .summary('issue a TLS certificate from a request that the gateway made; its private key stays there')
    .argument('<gateway>', 'id of the gateway, which is the name in the request')
    .requiredOption('--csr <file>', 'the request: PKCS#10, PEM or DER; P-256, subject CN=<id>')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .action((gateway: string, options: InOrganisation & { csr: string }) =>
      certify(context, gateway, options),
    );
  group
    .command('add-key')
    .summary('add a public key beside those it has: the first half of a change of keys')
    .argument('<gateway>', 'id of the gateway')
    .requiredOption('--public-key <key>', PUBLIC_KEY)
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (gateway: string, options: InOrganisation & { publicKey: string }) => {
      const key = valueOrFile(options.publicKey, '--public-key');
      const done = await inOrganisation(context, options, ({ gateways }, organisation) =>
        gateways.addKey(organisation, gateway, key, BY),
      );
      show(context, done, options);
    });
  group
    .command('retire-key')
    .summary('take a key out of use: the second half')
    .argument('<gateway>', 'id of the gateway')
    .argument('<key>', 'its key id, 16 hex digits')
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (gateway: string, key: string, options: InOrganisation) => {
      const done = await inOrganisation(context, options, ({ gateways }, organisation) =>
        gateways.retireKey(organisation, gateway, key, BY),
      );
      show(context, done, options);
    });
}

/** A person sees what credentials there are, each on its line; a program the whole object. */
async function gatewayReport(
  db: SitesAtHand['db'],
  asked: Parameters<RecordsService['gatewayReport']>[0],
  gateway: string,
): Promise<GatewayReport | undefined> {
  const { RecordsService: Service } = await import('../ingest/index.ts');
  const { systemClock } = await import('../kernel/clock.ts');
  return new Service({ db, clock: systemClock }).gatewayReport(asked, gateway);
}

/** The latest that it said of itself; what JSON cannot say briefly stands in `--json`. */
function showReport({ terminal }: CommandContext, report: GatewayReport, options: InOrganisation): void {
  if (options.json) return;
  const { status, configReport, connected } = report;
  const online = status?.is.state === 'gone' ? undefined : status?.is;
  const rows = [
    { says: connected ? 'connected' : 'gone', as: online?.agent, at: report.statusReceivedAt },
    ...(online
      ? [
          {
            says: 'journal',
            as: `${online.journal.last}, receipted to ${online.journal.watermark}`,
            at: undefined,
          },
        ]
      : []),
    ...(configReport
      ? [{ says: `config ${configReport.running}`, as: configReport.state, at: report.configReceivedAt }]
      : []),
  ];
  terminal.out('');
  printRows(terminal, rows, ['says', 'as', 'at'], options);
}

function show(
  { terminal }: CommandContext,
  gateway: GatewayDetails & { readonly report?: GatewayReport },
  options: InOrganisation,
): void {
  printRows(terminal, [gateway], ['id', 'name', 'kind', 'state', 'points', 'seenAt'], options);
  if (options.json) return;
  const rows = [
    ...gateway.keys.map((key) => ({
      credential: 'key',
      id: key.keyId,
      since: key.addedAt,
      ended: key.retiredAt,
    })),
    ...gateway.tokens.map((token) => ({
      credential: 'token',
      id: token.id,
      since: token.createdAt,
      ended: token.revokedAt,
    })),
    ...gateway.certificates.map(({ fingerprint, issuedAt, notAfter, revokedAt }) => ({
      credential: 'certificate',
      id: fingerprint,
      since: issuedAt,
      ended: revokedAt ?? notAfter,
    })),
  ];
  if (rows.length === 0) return;
  terminal.out('');
  printRows(terminal, rows, ['credential', 'id', 'since', 'ended'], options);
}

async function certify(
  context: CommandContext,
  gateway: string,
  options: InOrganisation & { csr: string },
): Promise<void> {
  const request = fileOf(options.csr, '--csr');
  const config = context.load(options);
  const roles = await import('../roles/certificates.ts');
  const { certificate, authority } = await roles.withCertificates(config, async (at) => {
    const organisation = await chooseOrganisation(at, options.organisation);
    return {
      certificate: await roles.certifyGateway(at, organisation, gateway, request, BY),
      authority: await at.pki.authority(),
    };
  });
  // The certificate, then whom the gateway is to trust: both may lie in one file.
  context.terminal.out(`${certificate.toString().trimEnd()}\n${authority.toString().trimEnd()}`);
  context.terminal.err(
    `valid until ${certificate.validToDate.toISOString()}; the second one is the CA that the gateway is to trust`,
  );
}
