// SPDX-License-Identifier: Apache-2.0
import type { BoardTypeName } from '../lab/lab.ts';
import type { BoardType } from './board-type.ts';
import { zcu102Virtual } from './zcu102-virtual.ts';
import { kv260, ultra96, zcu102 } from './zynqmp.ts';

/** Every kind of board that the driver knows. */
export const boardTypeByName: Readonly<Record<BoardTypeName, BoardType>> = {
  zcu102,
  kv260,
  ultra96,
  'zcu102-virtual': zcu102Virtual,
};
