// SPDX-License-Identifier: Apache-2.0

/** Tests of what is right; the misconfigurations and the harness's own tests are `npm test`'s. */
export const suite: readonly string[] = [
  'atomics',
  'boot',
  'cache',
  'event-channels',
  'grants',
  'isolation',
  'shared-memory',
  'sram',
  'stage2',
  'toolstack',
].map((folder) => `tests/${folder}/`);

/** Those of them that say most directly what is wrong with a mapping, a tree or a channel. */
export const mostDirect: readonly string[] = [
  'event-channels/',
  'isolation/',
  'shared-memory/guest-device-tree',
  'shared-memory/host-memory',
  'shared-memory/ids',
  'shared-memory/owner-and-borrower',
  'shared-memory/roles',
  'stage2/',
].map((path) => `tests/${path}`);
