// SPDX-License-Identifier: Apache-2.0
import { CommandError } from '../boards/ssh-errors.ts';

/** Longer than most command lines, and not a whole script. */
const mostCharacters = 60;

/** Commands of which it is not known that they have ended: they may go on without who asked for them. */
export class UnendedCommands {
  readonly #commands = new Set<{ readonly argv: readonly string[] }>();

  /** Returns `work`, by which the end of the command `argv` is told. */
  follow<T>(argv: readonly string[], work: Promise<T>): Promise<T> {
    const command = { argv };
    this.#commands.add(command);
    const ended = (): void => void this.#commands.delete(command);
    work.then(ended, (error: unknown) => {
      if (error instanceof CommandError) ended();
    });
    return work;
  }

  /** The first of them, the beginning of it; undefined where all have ended. */
  get first(): string | undefined {
    const [command] = this.#commands;
    return command?.argv.join(' ').slice(0, mostCharacters);
  }
}
