import type { Config } from '@meterline/contracts';
import type { ConfigMemory } from '../desired/config-store.ts';
import { type JudgeContext, judgeConfig } from '../desired/judge.ts';
import { type ProfileSet, profileFaultLine } from '../meters/profile-store.ts';
import { bad, type Finding, ok, warn } from './finding.ts';

export interface ConfigCheck {
  readonly memory: ConfigMemory;
  /** Meters commissioned here of which the hub does not know yet. */
  readonly local: number;
  readonly context: JudgeContext | undefined;
  readonly profiles: ProfileSet;
}

export function configFindings({ memory, local, context, profiles }: ConfigCheck): Finding[] {
  const { good, candidate, bad: given, desired } = memory;
  const waiting = local === 0 ? [] : [ok('config', `${local} meters commissioned here wait for the hub`)];
  const running = (candidate ?? good)?.config;
  const last = given.at(-1);
  const refused =
    last && last.version >= desired && last.version > (good?.version ?? 0)
      ? [
          warn(
            'config',
            `version ${last.version} was ${last.state}: ${last.problems[0]?.path} ${last.problems[0]?.message ?? ''}`.trim(),
            'correct it at the hub, which makes a new version',
          ),
        ]
      : [];
  if (!running) {
    const none =
      local > 0
        ? []
        : [
            warn(
              'config',
              'nothing is configured: no meter is read',
              'meterline-edge commission, or configure it at the hub',
            ),
          ];
    return [...none, ...waiting, ...refused, ...profileFindings(undefined, context, profiles)];
  }
  const trial = candidate ? ', on trial' : '';
  const says = ok(
    'config',
    `version ${running.version}${trial}: ${running.buses.length} buses, ${running.meters.length} meters`,
  );
  return [says, ...waiting, ...refused, ...profileFindings(running, context, profiles)];
}

function profileFindings(
  config: Config | undefined,
  context: JudgeContext | undefined,
  profiles: ProfileSet,
): Finding[] {
  const faults = profiles.faults.map((fault) =>
    bad('profile', profileFaultLine(fault), 'correct the file: meterline-edge profiles check'),
  );
  if (!config || !context) return faults;
  const judged = judgeConfig(config, context);
  if (!judged.ok) {
    return [
      ...faults,
      ...judged.problems
        .slice(0, 10)
        .map(({ path, message }) =>
          bad('config', `${path}: ${message}`, 'the agent may have been exchanged for an older one'),
        ),
    ];
  }
  const doubtful = judged.unverified.map(({ meter, confidence, verify }) =>
    warn(
      'profile',
      `${meter.label}: ${meter.profile} is of ${confidence} confidence; read, not billed on`,
      `compare ${verify[0] ?? 'it with the display'}, then acknowledge it`,
    ),
  );
  return [
    ...faults,
    ...(faults.length + doubtful.length === 0
      ? [ok('profile', 'all meters have a profile that may be billed on')]
      : doubtful),
  ];
}
