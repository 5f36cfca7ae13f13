// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../host/tools.ts';

/** Debian's public keys, in the package debian-archive-keyring, which apt needs. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What a private apt looks at. */
export interface AptScope {
  /** Directory for its state; made when it is not there. */
  readonly directory: string;
  readonly mirror: string;
  readonly type: 'deb' | 'deb-src';
  readonly suites: readonly string[];
  readonly architecture: string;
  /** Binary packages of this source package are taken from this suite. */
  readonly prefer?: { readonly source: string; readonly suite: string };
}

/** A paragraph of Debian control data: its fields by name; continuation lines are kept. */
export type Stanza = ReadonlyMap<string, string>;

/** Reads paragraphs of control data (deb822). */
export function parseStanzas(text: string): Stanza[] {
  return text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => {
      const fields = paragraph.replaceAll(/\n[ \t]/g, '\u0000').split('\n');
      return new Map(
        fields.map((field) => {
          const colon = field.indexOf(':');
          const value = field.slice(colon + 1).replaceAll('\u0000', '\n');
          return [field.slice(0, colon), value.trim()];
        }),
      );
    });
}

/**
 * An apt with its own state, cache and sources: needs no root, changes nothing on this machine,
 * and knows no installed package. `update` verifies Debian's signatures.
 */
export class PrivateApt {
  readonly #scope: AptScope;
  readonly #env: Record<string, string>;

  constructor(scope: AptScope) {
    this.#scope = scope;
    this.#env = { APT_CONFIG: join(scope.directory, 'apt.conf'), LC_ALL: 'C' };
  }

  /** Fetches the indexes and verifies them. */
  async update(): Promise<void> {
    await this.#configure();
    await runTool('apt-get', ['update', '-qq', '-o', 'APT::Update::Error-Mode=any'], {
      env: this.#env,
      remedy: `look whether ${this.#scope.mirror} can be reached and has ${this.#scope.suites.join(', ')}`,
    });
  }

  /** Names and versions of `name` and of all that it depends on. */
  async closure(name: string): Promise<string[]> {
    const text = await runTool('apt-get', ['install', '--simulate', name], { env: this.#env });
    return [...text.matchAll(/^Inst (\S+) \((\S+) /gm)].map(
      ([, found, version]) => `${found ?? ''}=${version ?? ''}`,
    );
  }

  /** The index's paragraphs about packages, each given as `name` or `name=version`. */
  async show(packages: readonly string[]): Promise<Stanza[]> {
    const args = ['show', '--no-all-versions', ...packages];
    return parseStanzas(await runTool('apt-cache', args, { env: this.#env }));
  }

  /** Names of the packages that begin so. */
  async names(prefix: string): Promise<string[]> {
    const text = await runTool('apt-cache', ['pkgnames', prefix], { env: this.#env });
    return text.split('\n').filter((line) => line !== '');
  }

  /** The index's paragraphs about all versions of packages. */
  async showAll(names: readonly string[]): Promise<Stanza[]> {
    const args = ['show', '--all-versions', ...names];
    return parseStanzas(await runTool('apt-cache', args, { env: this.#env }));
  }

  /** The index's paragraphs about a source package. */
  async showSource(name: string): Promise<Stanza[]> {
    const text = await runTool('apt-cache', ['showsrc', '--only-source', name], { env: this.#env });
    return parseStanzas(text);
  }

  async #configure(): Promise<void> {
    const { directory, architecture, prefer } = this.#scope;
    for (const path of ['lists/partial', 'archives/partial', 'none']) {
      await mkdir(join(directory, path), { recursive: true });
    }
    const at = (path: string): string => `"${join(directory, path)}"`;
    const settings = [
      `Dir::State ${at('.')};`,
      `Dir::State::lists ${at('lists/')};`,
      `Dir::State::status ${at('status')};`,
      `Dir::Cache ${at('.')};`,
      `Dir::Cache::archives ${at('archives/')};`,
      `Dir::Etc::SourceList ${at('sources.list')};`,
      `Dir::Etc::SourceParts ${at('none/')};`,
      `Dir::Etc::Preferences ${at('preferences')};`,
      `Dir::Etc::PreferencesParts ${at('none/')};`,
      `APT::Architecture "${architecture}";`,
      `APT::Architectures { "${architecture}"; };`,
      'APT::Install-Recommends "false";',
      'Acquire::Languages "none";',
      // Root's apt fetches as the user _apt, who may not write here.
      ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
    ];
    const pin = `Package: src:${prefer?.source ?? ''}\nPin: release n=${prefer?.suite ?? ''}\nPin-Priority: 900\n`;
    const write = (path: string, text: string): Promise<void> =>
      writeFile(join(directory, path), text);
    await write('apt.conf', `${settings.join('\n')}\n`);
    await write('status', '');
    await write('preferences', prefer === undefined ? '' : pin);
    await write('sources.list', this.#sources());
  }

  #sources(): string {
    const { type, mirror, suites } = this.#scope;
    const lines = suites.map(
      (suite) => `${type} [signed-by=${debianKeyring}] ${mirror} ${suite} main`,
    );
    return `${lines.join('\n')}\n`;
  }
}
