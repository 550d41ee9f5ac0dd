import type { ComponentProps } from 'react';

export function Button({ className = '', ...props }: ComponentProps<'button'>) {
  return (
    <button
      type="button"
      className={`min-h-11 cursor-pointer rounded-md border-2 border-action px-4 py-1.5 font-semibold text-action hover:bg-action hover:text-paper disabled:cursor-default disabled:opacity-60 ${className}`}
      {...props}
    />
  );
}
