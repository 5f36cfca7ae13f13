// SPDX-License-Identifier: Apache-2.0
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Board, BootOrder, Capability, RunningMachine } from '../../../lib/boards/board.ts';
import { makeBootFiles } from '../../../lib/boot-files/boot-files.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import { GiB, hex, MiB } from '../../../lib/support/units.ts';
import type { VirtualBoard } from '../../../lib/virtual-lab/virtual-board.ts';
import type { VirtualLab } from '../../../lib/virtual-lab/virtual-lab.ts';
import { zcu102Tree } from '../../../lib/physical/zcu102-tree.ts';
import type { HostLayout } from '../../../lib/xen/plan.ts';
import { ask, Terminal } from './terminal.ts';

const window = { name: 'boot files', start: 0x1000_0000n, size: BigInt(MiB(512)) };

/** A board of the virtual lab, booted as a person does it at a terminal. */
export class HandBoard implements Board {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability> = new Set();
  readonly layout: HostLayout = {
    ram: () => [{ name: 'RAM', start: 0n, size: BigInt(GiB(2)) }],
    modules: window,
    regionBase: 0x6000_0000n,
    commonDevices: () => [{ name: 'GICV', start: 0xf906_f000n, size: 0x2000n }],
  };
  /** When what was seen on the console, in ms from power-on. */
  readonly stages: [string, number][] = [];
  readonly #lab: VirtualLab;
  readonly #board: VirtualBoard;

  constructor(lab: VirtualLab, board: VirtualBoard) {
    this.#lab = lab;
    this.#board = board;
    this.name = board.name;
  }

  hypervisorCapabilities(): readonly string[] {
    return ['static-shared-memory'];
  }

  async start({ plan, run, evidence }: BootOrder): Promise<RunningMachine> {
    const images = resolveImages();
    const { files } = await makeBootFiles({
      plan,
      run,
      xen: images.hypervisor(plan.flavour),
      probe: images.probe('memory'),
      base: zcu102Tree(this.#board.options),
      window,
      xenArguments: ['console=dtuart', 'dtuart=/serial@ff000000', 'bootscrub=0'],
      evidence,
    });
    const terminal = new Terminal(join(this.#lab.directory, `${this.name}.main`));
    const start = performance.now();
    const stage = (name: string): void => {
      this.stages.push([name, Math.round(performance.now() - start)]);
    };
    await ask(this.#lab, 'POST', `${this.name}/power/on`);
    await terminal.reachPrompt();
    stage('U-Boot prompt');
    await terminal.run('setenv ipaddr 10.0.2.15; setenv serverip 10.0.2.2');
    await terminal.run(`setenv tftpdstp ${this.#board.tftp.port}; setenv autostart no`);
    const addresses = new Map<string, bigint>();
    for (const { path, address } of files) {
      const name = basename(path);
      if (name === 'trampoline.bin') continue;
      addresses.set(name, address);
      await copyFile(path, join(this.#lab.directory, 'tftp', name));
      await terminal.run(`tftpboot ${hex(address)} ${name}`);
    }
    stage('files loaded');
    const transcript = new Transcript({
      raw: join(evidence, 'console.raw'),
      lines: join(evidence, 'console.log'),
    });
    const console = new Console(this.name, terminal, transcript);
    console.transcript.onLine(({ text }) => {
      if (text.includes('Xen version')) stage('Xen banner');
      if (/DOM\d.* ready /.test(text)) stage('probe ready');
    });
    terminal.write(
      `booti ${hex(addresses.get('xen') ?? 0n)} - ${hex(addresses.get('host.dtb') ?? 0n)}\r`,
    );
    const dispose = async (): Promise<void> => {
      await ask(this.#lab, 'POST', `${this.name}/power/off`);
      terminal[Symbol.dispose]();
      await console.close();
    };
    return {
      console,
      fate: console.fate,
      memory: undefined,
      processors: undefined,
      facts: {},
      dispose,
      [Symbol.asyncDispose]: dispose,
    };
  }
}
