import { createInterface, type Interface } from 'node:readline/promises';
import { Interrupted, type Prompter } from '../commission/index.ts';
import type { Io } from './io.ts';

/** Questions on a terminal: the standard in brackets, a number for a choice, the fault of an answer at once. */
export class TerminalPrompter implements Prompter {
  private readonly io: Io;
  private readonly lines: Interface;
  private readonly over: Promise<never>;

  constructor(
    io: Io,
    input: NodeJS.ReadableStream = process.stdin,
    output: NodeJS.WritableStream = process.stdout,
  ) {
    this.io = io;
    this.lines = createInterface({ input, output });
    this.over = new Promise((_, reject) => {
      const stop = () => reject(new Interrupted('interrupted; what was kept is kept, run it again to go on'));
      this.lines.once('SIGINT', stop);
      this.lines.once('close', stop);
    });
    // Nobody may be waiting for an answer when it ends.
    this.over.catch(() => undefined);
  }

  close(): void {
    this.lines.removeAllListeners('close');
    this.lines.close();
  }

  say(line = ''): void {
    this.io.out(line);
  }

  progress(text: string | null): void {
    this.io.progress?.(text ?? '');
  }

  async ask(
    question: string,
    {
      standard,
      check,
    }: { readonly standard?: string; readonly check?: (text: string) => string | null } = {},
  ): Promise<string> {
    for (;;) {
      const text =
        (await this.line(`${question}${standard ? ` [${standard}]` : ''}: `)).trim() || (standard ?? '');
      const fault = check?.(text) ?? null;
      if (fault === null) return text;
      this.say(`  ${fault}`);
    }
  }

  async choose<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly text: string }[],
    standard: T,
  ): Promise<T> {
    this.say(question);
    for (const [i, { text }] of choices.entries()) this.say(`  ${i + 1}  ${text}`);
    const first = choices.findIndex(({ value }) => value === standard) + 1;
    for (;;) {
      const typed = (await this.line(`Number [${first}]: `)).trim();
      const chosen = choices[(typed === '' ? first : Number(typed)) - 1];
      if (chosen) return chosen.value;
      this.say(`  a number from 1 to ${choices.length}`);
    }
  }

  async confirm(question: string, standard: boolean): Promise<boolean> {
    for (;;) {
      const typed = (await this.line(`${question} [${standard ? 'Y/n' : 'y/N'}] `)).trim().toLowerCase();
      if (typed === '') return standard;
      if (/^y(es)?$/.test(typed)) return true;
      if (/^no?$/.test(typed)) return false;
      this.say('  y or n');
    }
  }

  private line(text: string): Promise<string> {
    return Promise.race([this.lines.question(text), this.over]);
  }
}
