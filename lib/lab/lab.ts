// SPDX-License-Identifier: Apache-2.0
import type { SecretReference } from '../host/secrets.ts';
import type { PowerSpec } from '../power/power-spec.ts';

/** The kinds of board that a lab file may name. */
export const boardTypes = ['zcu102', 'kv260', 'ultra96', 'zcu102-virtual'] as const;
export type BoardTypeName = (typeof boardTypes)[number];

/** The stages of a boot that may be given another budget. */
export const budgetStages = [
  'power',
  'firmware',
  'u-boot',
  'load',
  'xen',
  'domains',
  'dom0',
  'ssh',
] as const;
export type BudgetStage = (typeof budgetStages)[number];

/** How fast a line takes what is sent: so many bytes, then a pause. */
export interface Pacing {
  readonly chunk: number;
  readonly delayMs: number;
}

/** A console's line, as lib/serial opens it. */
export type LabConsole = (
  | {
      readonly kind: 'serial';
      /** `/dev/serial/by-id/...` or `/dev/serial/by-path/...`. */
      readonly path: string;
      readonly baud: number;
      /** The device comes and goes with the board's power. */
      readonly transient?: boolean;
      readonly dtr?: boolean;
      readonly rts?: boolean;
      readonly flow?: 'none' | 'rtscts';
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'rfc2217';
      readonly host: string;
      readonly port: number;
      readonly baud: number;
      readonly dtr?: boolean;
      readonly rts?: boolean;
    }
) & { readonly pacing?: Pacing };

/** What tells this board from others of its type; compared before anything is loaded. */
export interface BoardIdentity {
  /** The board's serial number, as U-Boot prints it. */
  readonly serial?: string;
  /** The MAC address, `ethaddr` of U-Boot. */
  readonly mac?: string;
  /** The 96 bits of device DNA, in hexadecimal. */
  readonly dna?: string;
  /** The model, as U-Boot prints it. */
  readonly model?: string;
}

/** What differs from U-Boot on boards of this type. */
export interface LabUBoot {
  readonly prompt?: string;
  /** Bytes that stop autoboot; the escapes are resolved. */
  readonly interrupt?: string;
  /** A regular expression. */
  readonly banner?: string;
  /** A regular expression. */
  readonly autobootLine?: string;
}

/** The directory of a TFTP server that runs already. */
export interface TftpDirectory {
  readonly directory: string;
  /** What U-Boot puts before a name, if the directory is not the server's root. */
  readonly prefix?: string;
  /** The server's address as the board sees it. Default: network.server. */
  readonly server?: string;
  readonly port?: number;
}

/** A TFTP server that the run starts. */
export interface TftpServe {
  readonly serve: { readonly address: string; readonly port?: number };
}

/** The board's network in U-Boot. */
export interface BoardNetwork {
  readonly board: string;
  readonly server: string;
  readonly netmask?: string;
  readonly gateway?: string;
}

/** How dom0 is reached. */
export interface LabSsh {
  readonly host: string;
  readonly port?: number;
  /** The private key that dom0 shows; without it one is made for each run. */
  readonly hostKey?: SecretReference;
  /** The user's private key; without it one is made for each run. */
  readonly key?: SecretReference;
  /** Whether the running ssh-agent has the user's key. */
  readonly agent?: boolean;
}

/** Why a board is not used now. */
export interface Parked {
  readonly reason: string;
  /** The last day on which it is parked, `2026-12-24`. */
  readonly until: string;
  readonly issue?: string;
}

/** One board of a lab, all paths absolute. */
export interface LabBoard {
  readonly name: string;
  readonly type: BoardTypeName;
  readonly identity?: BoardIdentity;
  /** `main` is Xen's. */
  readonly consoles: Readonly<Record<string, LabConsole>> & { readonly main: LabConsole };
  readonly power: PowerSpec;
  readonly uboot?: LabUBoot;
  readonly tftp: TftpDirectory | TftpServe;
  readonly network: BoardNetwork;
  readonly ssh?: LabSsh;
  /** Milliseconds. */
  readonly budgets?: Readonly<Partial<Record<BudgetStage, number>>>;
  readonly parked?: Parked;
}

/** A lab file that was read. */
export interface Lab {
  readonly path: string;
  readonly boards: ReadonlyMap<string, LabBoard>;
  /** What is kept between runs: leases, the last confirmed off. */
  readonly stateDirectory: string;
}
