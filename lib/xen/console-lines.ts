// SPDX-License-Identifier: Apache-2.0

/** Who wrote a console line, as far as the line itself says. */
export type ConsoleLine =
  | { readonly from: 'xen'; readonly text: string }
  | { readonly from: 'domain'; readonly domid: number; readonly text: string }
  | { readonly from: 'unknown'; readonly text: string };

const xenPrefix = /^\(XEN\) (?:\[[ 0-9:.-]+\] )?/;
/** vPL011 output: xen/arch/arm/vpl011.c. */
const vuartPrefix = /^DOM(\d+): ?/;
/** Hypercall console output: xen/drivers/char/console.c, guest_console_write. */
const hypercallPrefix = /^(?:\(XEN\) )?(?:\[[ 0-9:.-]+\] )?\(d(\d+)\) ?/;

/**
 * A domain's line behind a piece of one of Xen's: Xen prints some lines in pieces, and between two
 * pieces of one CPU another CPU may print a domain's line. A piece that is not the first has no
 * prefix.
 */
const glued =
  /^(?!(?:\(XEN\) )?(?:\[[ 0-9:.-]+\] )?(?:DOM\d|\(d\d)).*?(?=\(XEN\) (?:\[[ 0-9:.-]+\] )?(?:DOM\d+: |\(d\d+\) ))/;

/** Tells whose line it is and takes the prefix off. Never fails: a torn line is `unknown`. */
export function parseConsoleLine(whole: string): ConsoleLine {
  const line = whole.replace(glued, '');
  const hypercall = hypercallPrefix.exec(line);
  if (hypercall !== null)
    return { from: 'domain', domid: Number(hypercall[1]), text: line.slice(hypercall[0].length) };
  const xen = xenPrefix.exec(line);
  if (xen === null) return { from: 'unknown', text: line };
  const text = line.slice(xen[0].length);
  const vuart = vuartPrefix.exec(text);
  if (vuart !== null)
    return { from: 'domain', domid: Number(vuart[1]), text: text.slice(vuart[0].length) };
  return { from: 'xen', text };
}

/**
 * A line of the domain that has the serial input: Xen prints it character by character, and its own
 * prefix wherever the domain's vCPU went on with it on another CPU (drivers/char/console.c, vprintk_common:
 * each CPU knows by itself whether a line has begun).
 */
export function focusedText(line: string): string {
  return line.replaceAll(/\(XEN\) (?:\[[ 0-9:.-]+\] )?/g, '');
}

export type DeathKind =
  | 'xen-panic'
  | 'xen-bug'
  | 'xen-assertion'
  | 'xen-trap'
  | 'domain-crash'
  | 'dom0-shutdown'
  | 'linux-panic'
  | 'linux-oops'
  | 'u-boot-abort'
  /** A program that had started before says again who it is: see boot-banners.ts. */
  | 'reset'
  | 'tf-a-panic';

/** What a death line says about the system; `fatal` ends the run, the others end one domain. */
export interface Death {
  readonly kind: DeathKind;
  readonly fatal: boolean;
  readonly text: string;
}

const deaths: readonly (readonly [DeathKind, boolean, RegExp])[] = [
  ['xen-bug', true, /Xen BUG at \S+/],
  ['xen-assertion', true, /Assertion '.*' failed at \S+/],
  ['xen-trap', true, /CPU\d+: Unexpected Trap: .*|Hypervisor Trap\. HSR=\S+/],
  ['xen-panic', true, /Panic on CPU \d+:/],
  ['dom0-shutdown', true, /Hardware Dom\d+ (?:halted|shutdown|crashed).*/],
  ['domain-crash', false, /Domain \d+ (?:\(vcpu#\d+\) crashed on cpu#\d+|reported crashed by).*/],
  ['linux-panic', false, /Kernel panic - not syncing.*/],
  ['linux-oops', false, /Internal error: Oops.*|Unable to handle kernel .*/],
  // U-Boot 2025.01: arch/arm/lib/interrupts_64.c, lib/hang.c.
  [
    'u-boot-abort',
    true,
    /"(?:Synchronous Abort|Irq|Fiq|Error)" handler.*|### ERROR ### Please RESET the board ###/,
  ],
  ['tf-a-panic', true, /PANIC at PC.*|Unhandled Exception in EL3.*/],
];

/** Finds a death in a line of any origin; not anchored, because lines of Xen can lack their end. */
export function findDeath(line: string): Death | undefined {
  for (const [kind, fatal, pattern] of deaths) {
    const match = pattern.exec(line);
    if (match !== null) return { kind, fatal, text: match[0] };
  }
  return undefined;
}

/** The domid that a line of a `domain-crash` names. */
export function crashedDomain(text: string): number | undefined {
  const domid = /Domain (\d+)/.exec(text)?.[1];
  return domid === undefined ? undefined : Number(domid);
}

/** Xen's banner: ` Xen version 4.17.5 (...)`. */
export interface XenBanner {
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly build: string;
}

const banner = /Xen version (\d+)\.(\d+)(\S*) (.*)/;

export function findBanner(line: string): XenBanner | undefined {
  const match = banner.exec(line);
  if (match === null) return undefined;
  const [, major = '', minor = '', rest = '', build = ''] = match;
  return {
    version: `${major}.${minor}${rest}`,
    major: Number(major),
    minor: Number(minor),
    build,
  };
}

/** The answer of a serial port whose focus moved (xen/drivers/char/console.c). */
const focus = /\*\*\* Serial input to (Xen|DOM(\d+))/;

/** The domid that serial input goes to, `'xen'`, or undefined when the line does not say. */
export function findFocus(line: string): number | 'xen' | undefined {
  const match = focus.exec(line);
  if (match === null) return undefined;
  return match[2] === undefined ? 'xen' : Number(match[2]);
}
