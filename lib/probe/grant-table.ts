// SPDX-License-Identifier: Apache-2.0
import { SubjectError } from '../support/errors.ts';
import { type GuestAddress, guestAddressOf, hex } from '../support/units.ts';
import type { Fields, ProbeClient } from './client.ts';

/** GNTST_* (xen/include/public/grant_table.h), by their number without the sign. */
const statusNames: readonly string[] = [
  'okay',
  'general_error',
  'bad_domain',
  'bad_gntref',
  'bad_handle',
  'bad_virt_addr',
  'bad_dev_addr',
  'no_device_space',
  'permission_denied',
  'bad_page',
  'bad_copy_arg',
  'address_too_big',
  'eagain',
  'no_space',
];

/** Xen did not map or unmap a grant. */
export class GrantError extends SubjectError {
  /** `permission_denied`: GNTST_permission_denied. */
  readonly status: string;

  constructor(who: string, what: string, status: string) {
    super({
      who,
      what: `${what}: GNTST_${status}`,
      remedy:
        status === 'permission_denied'
          ? 'XSM SILO, the default on Arm, refuses grants between two domUs: give Xen xsm=dummy'
          : 'see whether the other domain granted that reference to this one',
    });
    this.status = status;
  }
}

/** What a grant allows. */
export interface GrantAccess {
  /** Default `rw`. */
  readonly access?: 'rw' | 'ro' | undefined;
}

/** The first reference that is not Xen's (GNTTAB_NR_RESERVED_ENTRIES). */
const firstReference = 8;

/** A page of another domain that this one has mapped by its grant. */
export class GrantMapping {
  readonly guestAddress: GuestAddress;
  readonly #handle: number;
  readonly #client: ProbeClient;

  constructor(client: ProbeClient, handle: number, guestAddress: bigint) {
    this.#client = client;
    this.#handle = handle;
    this.guestAddress = guestAddressOf(guestAddress);
  }

  /** GNTTABOP_unmap_grant_ref. @throws GrantError. */
  async unmap(): Promise<void> {
    const at = hex(this.guestAddress);
    const fields = await this.#client.run(`grant-unmap ${hex(this.#handle)} ${at}`);
    checkStatus(this.#client.who, `did not unmap the grant at ${at}`, fields);
  }
}

function checkStatus(who: string, what: string, fields: Fields): void {
  const status = fields.number('status');
  if (status !== 0) throw new GrantError(who, what, statusNames[status] ?? String(status));
}

/** A domain's grant table, version 1: pages that it lets others map, and those that it maps. */
export class GrantTable {
  readonly #client: ProbeClient;
  #next = firstReference;

  constructor(client: ProbeClient) {
    this.#client = client;
  }

  /** Lets the domain with that domid map the page at a guest address; returns the reference. */
  async grant(
    domid: number,
    guestAddress: bigint,
    { access = 'rw' }: GrantAccess = {},
  ): Promise<number> {
    const ref = this.#next++;
    const words = [hex(ref), hex(domid), hex(guestAddress), access];
    await this.#client.run(`grant-access ${words.join(' ')}`);
    return ref;
  }

  /** Takes a grant back; whether it was: not as long as the other domain has it mapped. */
  async end(ref: number): Promise<boolean> {
    return (await this.#client.run(`grant-end ${hex(ref)}`)).number('ended') === 1;
  }

  /**
   * GNTTABOP_map_grant_ref: maps what another domain granted at a guest address of this one.
   * @throws GrantError when Xen does not.
   */
  async map(
    domid: number,
    ref: number,
    guestAddress: bigint,
    { access = 'rw' }: GrantAccess = {},
  ): Promise<GrantMapping> {
    const words = [hex(domid), hex(ref), hex(guestAddress), access];
    const fields = await this.#client.run(`grant-map ${words.join(' ')}`);
    const what = `did not map the grant ${ref} of d${domid} at ${hex(guestAddress)} (${access})`;
    checkStatus(this.#client.who, what, fields);
    return new GrantMapping(this.#client, fields.number('handle'), guestAddress);
  }
}
