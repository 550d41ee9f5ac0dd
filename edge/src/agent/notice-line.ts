import type { Notice } from '../poll/index.ts';

/** What polling noticed, as a line for whoever looks after the meters. */
export function noticeLine(notice: Notice, label: (meter: string) => string): ['info' | 'warn', string] {
  switch (notice.kind) {
    case 'back':
      return ['info', `${label(notice.meter)}: answers again`];
    case 'granted':
      return ['info', `${label(notice.meter)}: ${notice.text}`];
    case 'silent':
    case 'misfit':
    case 'refused':
    case 'swapped':
    case 'suspect':
      return ['warn', `${label(notice.meter)}: ${notice.text}`];
    case 'unswept': {
      const what =
        notice.boundary === null
          ? 'on demand'
          : `for the boundary ${new Date(notice.boundary).toISOString()}`;
      return ['warn', `not read ${what}: ${notice.meters.map(label).join(', ')}`];
    }
    case 'boundary-missed':
      return ['warn', `nothing was read for the boundary ${new Date(notice.boundary).toISOString()}`];
    case 'invalid':
      return ['warn', `a fault of this program, please report it: ${notice.text}`];
  }
}
