// SPDX-License-Identifier: Apache-2.0
/** The lab file, and who has which board. */
export type {
  BoardIdentity,
  BoardNetwork,
  BoardTypeName,
  BudgetStage,
  Lab,
  LabBoard,
  LabConsole,
  LabSsh,
  LabUBoot,
  Pacing,
  Parked,
  TftpDirectory,
  TftpServe,
} from './lab.ts';
export { boardTypes, budgetStages } from './lab.ts';
export { describeFields } from './describe-fields.ts';
export { boardOf, loadLab } from './lab-file.ts';
export { labJsonSchema } from './lab-schema.ts';
export { describeHolder, type LeaseRecord, userName } from './lease.ts';
export { LocalReservation, type LocalReservationOptions } from './local-reservation.ts';
export { checkBoard, checkLab } from './machine-checks.ts';
export { isParked, parkedReason } from './parked.ts';
export type { BoardFilter, Lease, Reservation, Waiting } from './reservation.ts';
