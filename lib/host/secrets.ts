// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from 'node:fs';
import { EnvironmentError, messageOf } from '../support/errors.ts';

/** Where a secret is; the secret itself is never written in a file of ours. */
export type SecretReference =
  /** The name of a variable of the environment. */
  | { readonly env: string }
  /** The path of a file that only its owner reads. */
  | { readonly file: string };

/** How a reference is told to people. */
export function describeSecret(reference: SecretReference): string {
  return 'env' in reference ? `the variable ${reference.env}` : reference.file;
}

/** What stands where a secret was. */
const hidden = '[secret]';
/** Shorter pieces of a secret than this tell nothing and would blacken ordinary words. */
const leastPiece = 6;

/** Why the file of a secret cannot be used, or undefined when it can. */
export function faultOfSecretFile(path: string): string | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return 'is not a file';
    readFileSync(path);
    const mode = stat.mode & 0o7777;
    return (mode & 0o007) === 0
      ? undefined
      : `may be read by everybody on this machine (its mode is ${mode.toString(8).padStart(4, '0')})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'is not there';
    return code === 'EACCES' ? 'may not be read by you' : `cannot be read: ${messageOf(error)}`;
  }
}

/** Reads secrets, remembers what it read, and takes it out of every text that is shown. */
export class Secrets {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #values = new Set<string>();

  constructor(environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#environment = environment;
  }

  /** Why `reference` gives no secret, or undefined when it does. */
  fault(reference: SecretReference): string | undefined {
    if ('file' in reference) return faultOfSecretFile(reference.file);
    const value = this.#environment[reference.env];
    return value === undefined || value === '' ? 'is not set' : undefined;
  }

  /**
   * The secret; the newline that ends a file is no part of it.
   * @throws EnvironmentError when it is not there, or when everybody may read it.
   */
  read(who: string, reference: SecretReference): string {
    const fault = this.fault(reference);
    if (fault !== undefined)
      throw new EnvironmentError({
        who,
        what: `needs a secret, but ${describeSecret(reference)} ${fault}`,
        remedy:
          'env' in reference
            ? `set ${reference.env} in the environment of this command`
            : `put the secret into ${reference.file}, and run: chmod 600 ${reference.file}`,
      });
    const value =
      'env' in reference
        ? (this.#environment[reference.env] ?? '')
        : readFileSync(reference.file, 'utf8').replace(/\r?\n$/, '');
    this.#remember(value);
    return value;
  }

  /** Takes `value` out of every text too: what was made of a secret. */
  alsoHide(value: string): void {
    this.#remember(value);
  }

  /** `text` without any secret that was read, however it is written there. */
  hide(text: string): string {
    let shown = text;
    const longestFirst = [...this.#values].sort((one, other) => other.length - one.length);
    for (const value of longestFirst) shown = shown.replaceAll(value, hidden);
    return shown;
  }

  #remember(value: string): void {
    const bytes = Buffer.from(value);
    const forms = [
      value,
      encodeURIComponent(value),
      bytes.toString('base64'),
      bytes.toString('hex'),
    ];
    if (value !== '') for (const form of forms) this.#values.add(form);
    // A key is many lines, and a tool may print one of them.
    for (const line of value.split('\n'))
      if (line.length >= leastPiece && !line.startsWith('-----')) this.#values.add(line);
  }
}
