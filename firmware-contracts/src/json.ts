import { isUtf8 } from 'node:buffer';
import { LIMITS } from './limits.ts';

export type JsonRead = { ok: true; value: unknown } | { ok: false; detail: string };

/**
 * JSON in which two readers cannot see two different things: UTF-8, each key once, whole numbers only
 * (no fraction, exponent or -0), nesting bounded before the parser runs.
 */
export function readJson(bytes: Buffer): JsonRead {
  if (!isUtf8(bytes)) return { ok: false, detail: 'is not UTF-8' };
  const text = bytes.toString('utf8');
  const fault = scan(text);
  if (fault) return { ok: false, detail: fault };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'is not JSON' };
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** What the parser would let pass. Syntax is left to it: this only needs to be right on valid JSON. */
function scan(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(text, i);
        if (end < 0) return 'has an unfinished string';
        const keys = open.at(-1);
        if (keys && isKey(text, end)) {
          const key = keyName(text.slice(i, end + 1));
          if (keys.has(key)) return `has the key ${key.slice(0, 40)} twice`;
          keys.add(key);
        }
        i = end;
        break;
      }
      case 0x7b: // {
        open.push(new Set());
        if (open.length > LIMITS.jsonDepth) return `is nested deeper than ${LIMITS.jsonDepth}`;
        break;
      case 0x5b: // [
        open.push(undefined);
        if (open.length > LIMITS.jsonDepth) return `is nested deeper than ${LIMITS.jsonDepth}`;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x2e: // .
        return 'has a number with a fraction';
      case 0x45: // E
      case 0x65: // e
        if (isDigit(text.charCodeAt(i - 1))) return 'has a number with an exponent';
        break;
      case 0x2d: // -
        if (text.charCodeAt(i + 1) === 0x30) return 'has a number -0';
        break;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function isKey(text: string, end: number): boolean {
  let next = end + 1;
  while (next < text.length && text.charCodeAt(next) <= 0x20) next += 1;
  return text.charCodeAt(next) === COLON;
}

function keyName(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

const isDigit = (character: number): boolean => character >= 0x30 && character <= 0x39;
