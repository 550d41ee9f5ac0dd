import { defineConfig } from 'vitest/config';

// Workspaces resolve to their sources, so that a test never runs against a stale build.
const resolve = { conditions: ['source', 'node', 'development|production'] };
const ssr = { resolve };

/** Too long for make test, or about times: a machine that does something else besides would fail them. */
const SOAK_ONLY = ['edge/test/uplink-{backlog,crash}.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          // A third of the time went into loading the same modules for each file: whoever fakes time takes it back.
          isolate: false,
          include: [
            '{firmware-contracts,edge,cloud}/src/**/*.spec.ts',
            'dashboard/web/src/**/*.spec.ts',
            'scripts/**/*.spec.ts',
          ],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'medium',
          include: ['cloud/test/medium/**/*.test.ts'],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'edge',
          include: ['edge/test/**/*.test.ts'],
          exclude: SOAK_ONLY,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Most of them wait for lines that are paced in real time: more files at once than there are processors.
          maxWorkers: 4,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'soak',
          include: [
            'edge/test/{journal-crash,journal-damage,journal-model,agent-crash}.test.ts',
            'edge/src/poll/{breaker,schedule}.spec.ts',
            'cloud/test/soak/**/*.test.ts',
            ...SOAK_ONLY,
          ],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'e2e',
          include: ['{cloud,dashboard/web,scripts}/test/e2e/**/*.test.ts'],
          globalSetup: ['scripts/test/services.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
