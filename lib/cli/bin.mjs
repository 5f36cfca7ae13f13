#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The `crosspage` command.
import { checkNode, runMain } from './launch.mjs';

checkNode();
void runMain();
