/** A register's line with its ticks; the last one is the digit that moves. Drawn beside the name, so it says nothing. */
export function Mark({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" focusable="false">
      <g fill="currentColor">
        <rect x="2" y="25" width="28" height="3" rx="1.5" />
        <rect x="3" y="14" width="3" height="9" rx="1.5" />
        <rect x="8.75" y="14" width="3" height="9" rx="1.5" />
        <rect x="14.5" y="9.5" width="3" height="13.5" rx="1.5" />
        <rect x="20.25" y="14" width="3" height="9" rx="1.5" />
      </g>
      <rect x="26" y="4" width="3" height="19" rx="1.5" className="fill-mark" />
    </svg>
  );
}
