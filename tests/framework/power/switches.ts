// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import type { BootClock } from '../../../lib/host/boot-clock.ts';
import { Secrets } from '../../../lib/host/secrets.ts';
import { openPower, type PowerOptions } from '../../../lib/power/open-power.ts';
import type { CommandPower, PowerSpec } from '../../../lib/power/power-spec.ts';
import type { PowerSwitch } from '../../../lib/power/power-switch.ts';
import { Deadline } from '../../../lib/support/deadline.ts';

/** A secret that no output may hold. */
export const secretValue = 'correct-horse/battery';

export const patient = (): Deadline => Deadline.after(10_000);

export function optionsFor(info: TestInfo, clock?: BootClock): PowerOptions {
  return {
    stateDirectory: info.outputPath('state'),
    secrets: new Secrets({ PDU_TOKEN: secretValue }),
    ...(clock && { clock }),
  };
}

export function switchOf(
  info: TestInfo,
  spec: PowerSpec,
  options: PowerOptions = optionsFor(info),
): PowerSwitch {
  return openPower('board-a', spec, options);
}

/** A clock that a test sets. */
export class TestClock implements BootClock {
  bootName = 'first';
  ms = 1_000_000;
  readonly boot = (): string => this.bootName;
  readonly nowMs = (): number => this.ms;
}

/** A program that keeps its state in a file, and what it was asked in another. */
export class Relay {
  readonly #program: string;
  readonly #state: string;
  readonly #asked: string;

  constructor(info: TestInfo, script = 'printf "%s\\n" "$1" >"$state"') {
    this.#program = info.outputPath('relay');
    this.#state = info.outputPath('relay-state');
    this.#asked = info.outputPath('relay-asked');
    const text = [
      '#!/bin/sh',
      `state='${this.#state}'`,
      `printf '%s\\n' "$*" >>'${this.#asked}'`,
      'if [ "$1" = status ]; then echo "outlet 1: $(cat "$state")"; exit 0; fi',
      script,
    ];
    writeFileSync(this.#program, `${text.join('\n')}\n`);
    chmodSync(this.#program, 0o755);
  }

  /** What it was told last: `on`, `off`. */
  get state(): string {
    return existsSync(this.#state) ? readFileSync(this.#state, 'utf8').trim() : '';
  }

  set state(word: string) {
    writeFileSync(this.#state, `${word}\n`);
  }

  get asked(): string[] {
    return readFileSync(this.#asked, 'utf8').trimEnd().split('\n');
  }

  get path(): string {
    return this.#program;
  }

  /** Without a way to read back. */
  blindSpec(more: Partial<CommandPower> = {}): CommandPower {
    return {
      kind: 'command',
      on: [this.#program, 'on'],
      off: [this.#program, 'off'],
      minOffMs: 1,
      ...more,
    };
  }

  spec(more: Partial<CommandPower> = {}): CommandPower {
    return {
      ...this.blindSpec(),
      state: { run: [this.#program, 'status'], on: 'outlet 1: on$', off: 'outlet 1: off$' },
      ...more,
    };
  }
}
