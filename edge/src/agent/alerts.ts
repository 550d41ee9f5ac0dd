import { ALERT_TEXTS, type Alert } from '../store/index.ts';
import type { Complaints } from './log.ts';

/** Those that nobody says when they begin; a replaced file and doubtful receipts have lines of their own. */
const LASTING: readonly Alert[] = ['shortage', 'disk-full', 'io', 'condemned', 'refused'];

/** Who reads only the log must learn there that readings are being given up, and when that is over. */
export function tellAlerts(complaints: Complaints, alerts: readonly Alert[]): void {
  for (const alert of LASTING) {
    complaints.state(
      `journal (${alert})`,
      alerts.includes(alert) ? ALERT_TEXTS[alert] : undefined,
      'is over',
    );
  }
}
