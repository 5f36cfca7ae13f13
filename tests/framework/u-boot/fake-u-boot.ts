// SPDX-License-Identifier: Apache-2.0
import type { Transport } from '../../../lib/console/console.ts';
import { crc32 } from '../../../lib/support/checksum.ts';

/** What the line does to one byte. */
export type Fault =
  { readonly kind: 'drop' | 'double' } | { readonly kind: 'flip'; readonly mask: number };

export interface FakeOptions {
  readonly prompt?: string;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Faults by the number of the byte, to the board and from it. */
  readonly faultsIn?: ReadonlyMap<number, Fault>;
  readonly faultsOut?: ReadonlyMap<number, Fault>;
  /** Sizes of the pieces in which output comes, over and over. */
  readonly pieces?: readonly number[];
  /** Printed, as from elsewhere, at this byte of the output. */
  readonly noise?: { readonly at: number; readonly text: string };
}

/** A stand-in with U-Boot 2025.01's line editor, messages and the few commands that are used. */
export class FakeUBoot implements Transport {
  /** Commands that were run, in their order. */
  readonly ran: string[] = [];
  readonly env = new Map<string, string>();
  readonly #options: FakeOptions;
  readonly #prompt: string;
  readonly #memory = new Map<string, Uint8Array>();
  #listener: (chunk: Uint8Array) => void = () => undefined;
  #line = '';
  #status = 0;
  #in = 0;
  #out = 0;
  #piece = 0;
  #pending: number[] = [];
  #scheduled = false;
  #running = true;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.#prompt = options.prompt ?? 'ZynqMP> ';
  }

  /** Whether U-Boot still has the machine. */
  isAlive(): boolean {
    return this.#running;
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const fault = this.#options.faultsIn?.get(this.#in);
      this.#in++;
      for (const arrived of damaged(byte, fault)) this.#receive(arrived);
    }
  }

  /** Prints the prompt, as after a countdown that was stopped. */
  begin(before = ''): void {
    this.print(`${before}${this.#prompt}`);
  }

  print(text: string): void {
    const { noise, faultsOut } = this.#options;
    for (const character of text.replaceAll('\n', '\r\n')) {
      if (this.#out === noise?.at) this.#pending.push(...Buffer.from(noise.text));
      const byte = character.charCodeAt(0);
      this.#pending.push(...damaged(byte, faultsOut?.get(this.#out)));
      this.#out++;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Before any timer: what is quiet does not depend on how busy this machine is.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const pieces = this.#options.pieces ?? [1000];
    while (this.#pending.length > 0) {
      const size = pieces[this.#piece++ % pieces.length] ?? 1;
      this.#listener(Uint8Array.from(this.#pending.splice(0, size)));
    }
  }

  #receive(byte: number): void {
    if (!this.isAlive()) return;
    if (byte === 3) {
      this.#line = '';
      this.print(`<INTERRUPT>\n${this.#prompt}`);
    } else if (byte === 0x0d || byte === 0x0a) {
      this.print('\n');
      const line = this.#line;
      this.#line = '';
      for (const command of line.split(';').map((part) => part.trim()))
        if (command !== '' && this.isAlive()) this.#run(command);
      if (this.isAlive()) this.print(this.#prompt);
    } else if (byte >= 0x20 && byte < 0x7f) {
      this.#line += String.fromCharCode(byte);
      this.print(String.fromCharCode(byte));
    }
  }

  #run(typed: string): void {
    const command = typed.replaceAll(/\$(\?|\w+)/g, (_whole, name: string) =>
      name === '?' ? String(this.#status) : (this.env.get(name) ?? ''),
    );
    this.ran.push(command);
    const [verb = '', ...words] = command.split(/\s+/);
    const handler = this.#commands[verb];
    if (handler === undefined) this.print(`Unknown command '${verb}' - try 'help'\n`);
    this.#status = handler === undefined ? 1 : handler(words);
  }

  readonly #commands: Readonly<Record<string, (words: readonly string[]) => number>> = {
    true: () => 0,
    false: () => 1,
    echo: (words) => {
      this.print(`${words.join(' ')}\n`);
      return 0;
    },
    setenv: ([name = '', ...value]) => {
      this.env.set(name, value.join(' '));
      return 0;
    },
    printenv: ([name = '']) => {
      const value = this.env.get(name);
      if (value === undefined) this.print(`## Error: "${name}" not defined\n`);
      else this.print(`${name}=${value}\n`);
      return value === undefined ? 1 : 0;
    },
    tftpboot: ([address = '', name = '']) => this.#tftp(address, name),
    crc32: ([address = '', size = '']) => {
      const found = this.#memory.get(address) ?? new Uint8Array();
      const bytes = Buffer.alloc(parseInt(size, 16));
      bytes.set(found.subarray(0, bytes.length));
      const [from, to] = [parseInt(address, 16), parseInt(address, 16) + bytes.length - 1];
      const digits = (value: number): string => value.toString(16).padStart(8, '0');
      this.print(`crc32 for ${digits(from)} ... ${digits(to)} ==> ${digits(crc32(bytes))}\n`);
      return 0;
    },
    booti: ([address = '']) => {
      if (!this.#memory.has(address)) {
        this.print('Bad Linux ARM64 Image magic!\n');
        return 1;
      }
      this.print('## Flattened Device Tree blob at 14000000\n\nStarting kernel ...\n\n');
      this.#running = false;
      return 0;
    },
    crash: () => {
      this.print('"Synchronous Abort" handler, esr 0x96000010, far 0x0\n');
      this.#running = false;
      return 1;
    },
  };

  #tftp(address: string, name: string): number {
    const file = this.#options.files?.[name];
    this.print('Using ethernet@ff0e0000 device\n');
    this.print('TFTP from server 10.0.2.2; our IP address is 10.0.2.15\n');
    this.print(`Filename '${name}'.\nLoad address: ${address}\nLoading: *\b`);
    if (file === undefined) {
      this.print("\nTFTP error: 'File not found' (1)\nNot retrying...\n");
      return 1;
    }
    this.#memory.set(address, file);
    this.env.set('filesize', file.length.toString(16));
    const size = `${file.length} (${file.length.toString(16)} hex)`;
    this.print(`##########\n\t 1.2 MiB/s\ndone\nBytes transferred = ${size}\n`);
    return 0;
  }
}

function damaged(byte: number, fault: Fault | undefined): number[] {
  if (fault === undefined) return [byte];
  if (fault.kind === 'flip') return [byte ^ fault.mask];
  return fault.kind === 'drop' ? [] : [byte, byte];
}
