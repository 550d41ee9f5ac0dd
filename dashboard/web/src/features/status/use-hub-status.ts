import { useCallback, useEffect, useRef, useState } from 'react';
import { askAbout, askHub } from './ask-hub.ts';
import { type HubEvent, type HubStatus, NOTHING_KNOWN, nextCheckIn, reduceHubStatus } from './hub-status.ts';

interface Watched {
  readonly status: HubStatus;
  /** When the next check is due; absent while one is under way or the page is out of view. */
  readonly nextAt: number | undefined;
  readonly checkNow: () => void;
}

/** Asks the hub again and again: steadily while it answers, with growing pauses while not, never in a hidden tab. */
export function useHubStatus(): Watched {
  const [status, setStatus] = useState(NOTHING_KNOWN);
  const known = useRef(NOTHING_KNOWN);
  const [round, setRound] = useState(0);
  const [nextAt, setNextAt] = useState<number>();
  const visible = usePageVisible();
  const checkNow = useCallback(() => setRound((value) => value + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a new check
  useEffect(() => {
    if (!visible) return;
    const leaving = new AbortController();
    let timer: number | undefined;
    setNextAt(undefined);
    const take = (event: HubEvent) => {
      known.current = reduceHubStatus(known.current, event);
      setStatus(known.current);
    };
    const check = async () => {
      const before = known.current;
      take(await askHub(leaving.signal));
      const wait = nextCheckIn(known.current, Math.random());
      setNextAt(Date.now() + wait);
      timer = window.setTimeout(checkNow, wait);
      // Another hub may have come up in the place of the one that went.
      const isNew = before.about === undefined || before.silence !== undefined;
      if (known.current.silence === undefined && isNew) {
        const about = await askAbout(leaving.signal);
        if (about) take({ type: 'described', about });
      }
    };
    check().catch(() => undefined);
    return () => {
      leaving.abort();
      window.clearTimeout(timer);
    };
  }, [round, visible, checkNow]);

  useEffect(() => {
    window.addEventListener('online', checkNow);
    return () => window.removeEventListener('online', checkNow);
  }, [checkNow]);

  return { status, nextAt, checkNow };
}

function usePageVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState !== 'hidden');
  useEffect(() => {
    const update = () => setVisible(document.visibilityState !== 'hidden');
    document.addEventListener('visibilitychange', update);
    return () => document.removeEventListener('visibilitychange', update);
  }, []);
  return visible;
}

/** The time, told anew every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
