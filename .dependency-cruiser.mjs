// The house's walls, as docs/adr and the READMEs describe them. A rule without a check does not exist.
// A feature may import the public face (index.ts) of the features upstream of it: this order is the stream.
const STREAM = [
  'audit',
  'identity',
  'operations',
  'sites',
  'readings',
  'ingest',
  'leases',
  'metering',
  'onboarding',
];

// The rooms of the gateway in the order of a reading's way, and then those beside it: each with all that it may import.
const ROOMS = Object.entries({
  wire: [],
  meters: ['wire'],
  poll: ['wire', 'meters'],
  store: [],
  uplink: ['store'],
  enrol: [],
  desired: ['wire', 'meters'],
  commission: ['meters', 'desired'],
  switching: ['wire', 'meters', 'desired'],
  doctor: ['wire', 'meters', 'store', 'enrol', 'desired', 'commission'],
  simulator: ['wire', 'meters'],
  agent: ['wire', 'meters', 'poll', 'store', 'uplink', 'enrol', 'desired', 'commission', 'switching'],
});
const roomsBefore = (place) => ROOMS.slice(0, place).map(([room]) => room);
const COMMON = '^edge/src/(clock|entry|durable-file)\\.ts$';
const SEEN_FROM_OUTSIDE = '^edge/src/(snapshot|status-socket)\\.ts$';

const features = STREAM.join('|');
const sides = ['edge', 'cloud', 'dashboard'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/generated/' },
    },
    {
      name: 'contracts-import-zod-only',
      comment: 'Firmware of strangers speaks the same words: they carry nothing of ours with them.',
      severity: 'error',
      from: { path: '^firmware-contracts/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^firmware-contracts/src', '^node_modules/zod/', '^(node:)?(crypto|zlib|buffer)$'] },
    },
    ...sides.map((side) => ({
      name: `${side}-stands-alone`,
      comment: 'Edge, cloud and dashboard speak through the contracts, never through imports.',
      severity: 'error',
      from: { path: `^${side}/` },
      to: { path: `^(${sides.filter((other) => other !== side).join('|')})/` },
    })),
    {
      name: 'nothing-ships-with-scripts',
      severity: 'error',
      from: { path: '^(firmware-contracts|edge|cloud|dashboard/web)/src' },
      to: { path: '^scripts/' },
    },
    {
      name: 'kernel-is-pure',
      severity: 'error',
      from: { path: '^cloud/src/kernel', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^cloud/src/kernel', 'node_modules/(temporal-polyfill|temporal-spec|decimal\\.js)/'] },
    },
    {
      name: 'platform-knows-no-domain',
      comment: 'I/O without domain words: kernel, config types and other platform parts only.',
      severity: 'error',
      from: { path: '^cloud/src/platform', pathNot: '\\.spec\\.ts$' },
      to: { path: '^cloud/src', pathNot: '^cloud/src/(platform|kernel|config)' },
    },
    {
      name: 'domain-is-pure',
      comment: 'No I/O, no framework, no clock: kernel, contracts and upstream types only.',
      severity: 'error',
      from: { path: '^cloud/src/.+/domain/', pathNot: '\\.spec\\.ts$' },
      to: {
        pathNot: [
          '^cloud/src/.+/domain/',
          '^cloud/src/kernel/',
          '^firmware-contracts/',
          `^cloud/src/(${features})/index\\.ts$`,
          'node_modules/(temporal-polyfill|temporal-spec)/',
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'features-have-one-face',
      comment: 'From outside a feature only its index.ts is there.',
      severity: 'error',
      from: { path: '^cloud/src/([^/]+)/', pathNot: '^cloud/(test|bench)/' },
      to: {
        path: `^cloud/src/(${features})/`,
        pathNot: ['^cloud/src/$1/', `^cloud/src/(${features})/index\\.ts$`],
      },
    },
    ...STREAM.map((feature, place) => ({
      name: `${feature}-imports-upstream-only`,
      severity: 'error',
      from: { path: `^cloud/src/${feature}/` },
      to: { path: `^cloud/src/(${[...STREAM.slice(place + 1), 'roles', 'cli'].join('|')})/` },
    })),
    ...ROOMS.map(([room, open], place) => ({
      name: `edge-${room}-imports-what-lies-before`,
      comment:
        'A reading goes one way: wire, meters, poll, store, uplink. What goes back is handed in by the agent.',
      severity: 'error',
      from: { path: `^edge/src/${room}/`, pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^edge/src/',
        pathNot: [
          `^edge/src/(${[room, ...roomsBefore(place).filter((one) => open.includes(one))].join('|')})/`,
          COMMON,
          ...(room === 'agent' ? [SEEN_FROM_OUTSIDE] : []),
        ],
      },
    })),
    {
      name: 'edge-common-knows-no-room',
      comment: 'What every room may import knows none of them.',
      severity: 'error',
      from: { path: COMMON },
      to: { path: '^edge/src/', pathNot: COMMON },
    },
    {
      name: 'edge-agent-knows-all',
      comment: 'Nobody knows the agent but the command line, which starts it.',
      severity: 'error',
      from: {
        path: '^edge/src/',
        pathNot: ['^edge/src/(agent|main)\\.ts$', '^edge/src/(agent|command-line)/'],
      },
      to: { path: ['^edge/src/(agent|main)\\.ts$', '^edge/src/agent/'] },
    },
    {
      name: 'edge-command-line-is-the-end',
      severity: 'error',
      from: { path: '^edge/src/', pathNot: ['^edge/src/cli\\.ts$', '^edge/src/command-line/'] },
      to: { path: '^edge/src/command-line/' },
    },
    {
      name: 'simulator-is-no-part-of-the-agent',
      comment: 'The virtual building is for the command line, benches, tests and the demo.',
      severity: 'error',
      from: {
        pathNot: [
          '^edge/src/(simulator|command-line)/',
          '^edge/(test|bench)/',
          '^scripts/demo/',
          '\\.(spec|test|bench)\\.ts$',
        ],
      },
      to: { path: '^edge/src/simulator/' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { pathNot: '\\.(spec|test|bench)\\.tsx?$|/test/|/bench/' },
      to: { path: '\\.(spec|test)\\.tsx?$|^(cloud|edge)/test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|generated|node_modules/(?!zod|temporal-polyfill|decimal\\.js))/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
