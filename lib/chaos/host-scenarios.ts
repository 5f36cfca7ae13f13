// SPDX-License-Identifier: Apache-2.0
/** What is wrong with this machine, with the run, with what is known of the board, and with SSH. */
import type { Scenario } from './scenario.ts';

const ssh: readonly Scenario[] = [
  {
    name: 'ssh-refused',
    what: 'dom0’s SSH takes no connection',
    system: 'dom0',
    faults: { ssh: 'refused' },
    expected: { outcomes: ['environment'], says: [/SSH|takes connections/] },
  },
  {
    name: 'ssh-half-open-in-test',
    what: 'nothing comes through dom0’s SSH any more',
    system: 'dom0',
    during: [{ act: { faults: { ssh: 'half-open' } } }],
    expected: { outcomes: ['environment'], says: [/was not opened within|died|not done/] },
  },
];

/** All that is not the board's. */
export const hostScenarios: readonly Scenario[] = [
  {
    name: 'nothing',
    what: 'nothing is wrong',
    expected: { outcomes: ['passes'] },
  },
  {
    name: 'port-held',
    what: 'another program has the console’s device open',
    before: 'port-held',
    expected: { outcomes: ['environment'], says: [/is held by process \d+ \(.*sleep infinity\)/] },
  },
  {
    name: 'tftp-directory-away',
    what: 'the TFTP server’s directory is not there',
    before: 'tftp-directory-away',
    expected: { outcomes: ['environment'], says: [/does not take the files of this boot: ENOENT/] },
  },
  {
    name: 'disk-full',
    what: 'there is no room for what the console says',
    before: 'disk-full',
    expected: { outcomes: ['environment'], says: [/could not be kept: ENOSPC/, /free space/] },
  },
  {
    name: 'board-held',
    what: 'another run has the board',
    before: 'board-held',
    expected: { outcomes: ['blocked'], says: [/no board was free/, /somebody else’s test/] },
  },
  {
    name: 'lease-taken-in-test',
    what: 'the board is given to somebody else by force while the domains are asked',
    during: [{ act: 'lease-taken' }],
    expected: { outcomes: ['environment'], says: [/was taken away from this run/], staysOn: true },
  },
  {
    name: 'station-killed-in-test',
    what: 'the process that holds the board is killed while the domains are asked',
    during: [{ act: 'station-killed' }],
    expected: { outcomes: ['environment'], says: [/its station has ended/] },
  },
  {
    name: 'run-killed-in-test',
    what: 'the run is killed while the domains are asked',
    during: [{ act: 'run-killed' }],
    expected: { outcomes: ['environment'], says: [/its station has ended/] },
  },
  {
    name: 'all-killed-in-test',
    what: 'the run and what holds the board for it are killed at once',
    during: [{ act: 'all-killed' }],
    expected: { outcomes: ['environment'], says: [/its station has ended/] },
  },
  {
    name: 'distrusted-and-well',
    what: 'an earlier run distrusts the board, and it is well',
    before: 'health-unknown',
    expected: { outcomes: ['passes'] },
  },
  {
    name: 'distrusted-and-ill',
    what: 'an earlier run distrusts the board, and its switch is stuck',
    before: 'health-unknown',
    faults: { power: 'stuck' },
    expected: {
      outcomes: ['blocked'],
      health: 'bad',
      says: [/is not to be trusted/, /TFTP stalled/],
    },
  },
  ...ssh,
];
