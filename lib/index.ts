// SPDX-License-Identifier: Apache-2.0
/**
 * Crosspage: tests for memory shared between Xen guests on Arm. What specs import.
 * @packageDocumentation
 */
export { xenTest } from './fixtures/xen-test.ts';
export type {
  BoardFixtures,
  Dom0Fixture,
  DomainFixtures,
  SystemFixtures,
  XenTestOptions,
} from './fixtures/xen-test.ts';
export { toolstackTest } from './fixtures/toolstack-test.ts';
export type { ToolstackFixtures, ToolstackTestOptions } from './fixtures/toolstack-test.ts';
export { startDom0 } from './boot/dom0.ts';
export type { Dom0, Dom0Options, Dom0SystemSpec } from './boot/dom0.ts';
export type { CommandOptions } from './boards/ssh-connection.ts';
export { CommandError, SshError } from './boards/ssh-errors.ts';
export type { CommandResult, SshFailure } from './boards/ssh-errors.ts';
export { misconfiguredTest } from './fixtures/misconfigured-test.ts';
export type {
  Attempt,
  MisconfiguredFixtures,
  MisconfiguredOptions,
} from './fixtures/misconfigured-test.ts';
export { preferFlavour } from './images/prefer-flavour.ts';
export { proved } from './fixtures/proved.ts';
export { expect } from './matchers/index.ts';
export type { Board, Capability } from './boards/board.ts';
export type { BootOutcome } from './boot/attempt.ts';
export type { System } from './boot/system.ts';
export type { CpuFacts, Domain, Exchanges } from './probe/domain.ts';
export type { EventChannel } from './probe/event-channel.ts';
export { GrantError } from './probe/grant-table.ts';
export type { GrantAccess, GrantMapping, GrantTable } from './probe/grant-table.ts';
export type { Finding, MessageHistogram, Mismatch } from './probe/finding.ts';
export type { AccessWidth, Page } from './probe/page.ts';
export type { MappedMemory } from './probe/mapped-memory.ts';
export type { PageFacts } from './probe/page-facts.ts';
export { addressPattern, constantPattern, noisePattern, wordAt } from './probe/patterns.ts';
export type { Pattern } from './probe/patterns.ts';
export type { Abort } from './probe/replies.ts';
export { DataAbortError } from './probe/client.ts';
export { EnvironmentError, MisuseError, SubjectError } from './support/errors.ts';
export { GiB, hex, KiB, MiB, PAGE } from './support/units.ts';
export type { Bytes, GuestAddress, HostAddress } from './support/units.ts';
export * as dt from './dt/index.ts';
export type { BootVerdict, ExpectedOutcome, OutcomeKind } from './xen/boot-outcome.ts';
export type * from './xen/spec.ts';
export { describeMemory, describeSharedRegions, describeSram } from './xen/guest-tree.ts';
export type { MemoryRange, SharedRegion, SramNode } from './xen/guest-tree.ts';
export { mappingOf } from './xen/mechanisms.ts';
export type { Mechanism, PartyMapping, PartyOf, Share } from './xen/mechanisms.ts';
export type { FilePlace, Tampering } from './xen/tampering.ts';
export type { Toolstack } from './toolstack/toolstack.ts';
export type { LinuxDomain } from './toolstack/linux-domain.ts';
export type { LinuxMemory } from './toolstack/linux-memory.ts';
export type { XlDomain } from './toolstack/xl-domain.ts';
export type { XlConfig, XlIomem, XlStaticShm } from './xen/xl-config.ts';
