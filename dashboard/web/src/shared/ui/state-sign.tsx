export type SignState = 'ok' | 'limited' | 'failed' | 'unknown';

/** Told apart by shape as well as colour. Always stands beside its word, so it is hidden from screen readers. */
export function StateSign({
  state,
  className = 'size-5',
}: {
  readonly state: SignState;
  readonly className?: string;
}) {
  return (
    <svg viewBox="0 0 20 20" className={`shrink-0 ${className}`} aria-hidden="true" focusable="false">
      {SHAPES[state]}
    </svg>
  );
}

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 2.4,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;

const SHAPES = {
  ok: (
    <>
      <circle cx="10" cy="10" r="9" className="fill-ok" />
      <path d="m5.8 10.4 2.8 2.8 5.6-6" {...stroke} className="text-paper" />
    </>
  ),
  limited: (
    <>
      <path
        d="M10 1.2 19.4 18H.6Z"
        className="fill-warn stroke-warn"
        strokeWidth="1"
        strokeLinejoin="round"
      />
      <path d="M10 7.4v4.2M10 15.1v.1" {...stroke} className="text-paper" />
    </>
  ),
  failed: (
    <>
      <rect x="1" y="1" width="18" height="18" rx="2.5" className="fill-bad" />
      <path d="m6.4 6.4 7.2 7.2m0-7.2-7.2 7.2" {...stroke} className="text-paper" />
    </>
  ),
  unknown: <circle cx="10" cy="10" r="7.8" {...stroke} strokeDasharray="3 3.6" className="text-muted" />,
} as const;
