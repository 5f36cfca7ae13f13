// SPDX-License-Identifier: Apache-2.0
/** What is wrong with a board, its power and its TFTP; what it does in the middle of a test. */
import type { ConsoleEvent } from '../virtual-lab/faults.ts';
import type { Expected, Scenario } from './scenario.ts';

const at = (text: string, act: ConsoleEvent['do'], times = 1): Pick<Scenario, 'faults'> => ({
  faults: { events: [{ at: text, do: act, times }] },
});

const lab: Pick<Expected, 'outcomes' | 'attempts' | 'health'> = {
  outcomes: ['environment'],
  attempts: 3,
  health: 'unknown',
};

const power: readonly Scenario[] = [
  {
    name: 'power-stuck',
    what: 'the switch does nothing, and tells so',
    faults: { power: 'stuck' },
    expected: { ...lab, stage: 'power', says: [/was turned on, but reads back off/] },
  },
  {
    name: 'power-lies',
    what: 'the switch does nothing, and says that it did',
    faults: { power: 'lies' },
    expected: { ...lab, stage: 'firmware', says: [/U-Boot did not say who it is/, /0 bytes/] },
  },
  {
    name: 'power-refuses',
    what: 'the switch answers with an error',
    faults: { power: 'refuses' },
    expected: { ...lab, stage: 'power', says: [/the outlet refuses to go off/] },
  },
  {
    name: 'power-refuses-once',
    what: 'the switch answers with an error, once',
    faults: { power: { refuses: 1 } },
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'power-cut-in-firmware',
    what: 'power fails in the middle of U-Boot’s banner, at each attempt',
    ...at('U-Boot 20', 'cut', 3),
    expected: { ...lab, stage: 'firmware', says: [/is without power/] },
  },
  {
    name: 'power-cut-in-u-boot',
    what: 'power fails at U-Boot’s prompt, once',
    ...at('ZynqMP> ', 'cut'),
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'power-cut-in-load',
    what: 'power fails when it asks for a file, at each attempt',
    ...at('Loading: ', 'cut', 3),
    expected: { ...lab, stage: 'load', says: [/is without power/] },
  },
  {
    name: 'power-cut-in-xen',
    what: 'power fails while Xen boots',
    ...at('(XEN) Xen version', 'cut'),
    expected: { outcomes: ['environment'], health: 'unknown', says: [/is without power/] },
  },
  {
    name: 'power-cut-in-test',
    what: 'power fails while the domains are asked',
    during: [{ act: 'power-cut' }],
    expected: { outcomes: ['environment'], health: 'unknown', says: [/is without power/] },
  },
  {
    name: 'power-cut-in-dom0',
    what: 'power fails while dom0’s Linux boots',
    system: 'dom0',
    ...at('Run /init as init process', 'cut'),
    expected: { outcomes: ['environment'], health: 'unknown', says: [/is without power/] },
  },
  {
    name: 'power-cut-in-dom0-test',
    what: 'power fails while dom0 is asked',
    system: 'dom0',
    during: [{ act: 'power-cut' }],
    expected: { outcomes: ['environment'], health: 'unknown', says: [/is without power/] },
  },
];

const hangs: readonly Scenario[] = [
  {
    name: 'hang-in-firmware',
    what: 'it stands still in the middle of U-Boot’s banner, at each attempt',
    ...at('U-Boot 20', 'hang', 3),
    expected: { ...lab, stage: 'firmware', says: [/U-Boot did not say who it is/] },
  },
  {
    name: 'hang-in-firmware-once',
    what: 'it stands still in the middle of U-Boot’s banner, once',
    ...at('U-Boot 20', 'hang'),
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'hang-in-u-boot',
    what: 'it stands still in the countdown, at each attempt',
    ...at('Hit any key to stop autoboot', 'hang', 3),
    expected: { ...lab, stage: 'u-boot', says: [/was not stopped in its countdown/] },
  },
  {
    name: 'hang-in-load',
    what: 'it stands still when it asks for a file, at each attempt',
    ...at('Loading: ', 'hang', 3),
    expected: { ...lab, stage: 'load', says: [/tftpboot/] },
  },
  {
    name: 'silent-xen',
    what: 'it stands still when U-Boot hands it over: of Xen comes not a byte',
    ...at('Starting kernel', 'hang'),
    expected: { outcomes: ['subject'], says: [/silent: 0 bytes of Xen/, /early-console/] },
  },
  {
    name: 'hang-in-xen',
    what: 'it stands still when Xen says who it is',
    ...at('(XEN) Xen version', 'hang'),
    expected: { outcomes: ['subject'], says: [/Xen hangs/, /reached: .*started \d+ ms/] },
  },
  {
    name: 'hang-in-domains',
    what: 'it stands still at the first words of a domain',
    ...at('DOM1: ', 'hang'),
    expected: { outcomes: ['subject'], says: [/Xen hangs/, /reached: .*xen \d+ ms/] },
  },
  {
    name: 'hang-in-test',
    what: 'it stands still while the domains are asked',
    during: [{ act: 'hang' }],
    expected: { outcomes: ['subject'], says: [/did not (answer|move its serial input)/] },
  },
  {
    name: 'hang-in-dom0',
    what: 'it stands still while dom0’s Linux boots',
    system: 'dom0',
    ...at('Run /init as init process', 'hang'),
    expected: { outcomes: ['subject'], says: [/Xen hangs: it went silent/] },
  },
  {
    name: 'hang-in-dom0-test',
    what: 'it stands still while dom0 is asked',
    system: 'dom0',
    during: [{ act: 'hang' }],
    expected: { outcomes: ['subject'], says: [/Xen hangs: it does not answer its debug keys/] },
  },
];

const resets: readonly Scenario[] = [
  {
    name: 'reset-in-load',
    what: 'it resets when it asks for a file',
    ...at('Loading: ', 'reset'),
    expected: { outcomes: ['subject'], stage: 'load', says: [/unexpected reset: U-Boot/] },
  },
  {
    name: 'reset-in-xen',
    what: 'it resets while Xen boots',
    ...at('(XEN) Xen version', 'reset'),
    expected: { outcomes: ['subject'], says: [/unexpected reset: U-Boot/] },
  },
  {
    name: 'reset-in-test',
    what: 'it resets while the domains are asked',
    during: [{ act: 'reset' }],
    expected: { outcomes: ['subject'], says: [/unexpected reset: U-Boot/] },
  },
  {
    name: 'reset-in-dom0-test',
    what: 'it resets while dom0 is asked',
    system: 'dom0',
    during: [{ act: 'reset' }],
    expected: { outcomes: ['subject'], says: [/unexpected reset: U-Boot/] },
  },
];

const uboot: readonly Scenario[] = [
  {
    name: 'autoboot-missed',
    what: 'U-Boot hears nothing until it has counted down',
    faults: { missesAutoboot: true },
    expected: { ...lab, stage: 'u-boot', says: [/was not stopped in its countdown/] },
  },
  {
    name: 'another-board',
    what: 'it says that it is another board',
    faults: { answersAs: { mac: '00:0a:35:00:00:99' } },
    expected: {
      outcomes: ['environment'],
      stage: 'u-boot',
      health: 'unknown',
      says: [/this is another board: its mac is 00:0a:35:00:00:99/],
    },
  },
  {
    name: 'tftp-stalls',
    what: 'TFTP answers nothing',
    faults: { tftp: 'stalls' },
    expected: { ...lab, stage: 'load', says: [/tftpboot/] },
  },
  {
    name: 'tftp-stalls-midway',
    what: 'TFTP stops after 20 packets of each file',
    faults: { tftp: { stallsAfter: 20 } },
    expected: { ...lab, stage: 'load', says: [/tftpboot/] },
  },
  {
    name: 'tftp-stalls-once',
    what: 'TFTP stops after 20 packets of each file, until the second attempt',
    faults: { tftp: { stallsAfter: 20 } },
    heals: 'after-attempt-1',
    expected: { outcomes: ['passes'], attempts: 2 },
  },
  {
    name: 'tftp-serves-another',
    what: 'TFTP brings another file than was asked for',
    faults: { tftp: { serves: 'another' } },
    expected: { ...lab, stage: 'load', says: [/loaded .* with 1000 bytes where the file has/] },
  },
];

/** All of the board. */
export const boardScenarios: readonly Scenario[] = [...power, ...uboot, ...hangs, ...resets];
