// SPDX-License-Identifier: Apache-2.0
// What `npm start`, `npm test` and the other scripts run, on a machine that may have nothing yet.
import { checkNode, installPackages, runMain } from './launch.mjs';

checkNode();
installPackages();
void runMain();
