// SPDX-License-Identifier: Apache-2.0
// Plain JavaScript without dependencies, and with old syntax: it also has to run, and to say what
// is wrong, on a Node that is too old and before anything is installed.
import { spawnSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { fileURLToPath } from 'url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const leastNode = [20, 19];

/** Ends this process with exit code 3 (the environment's fault) unless Node is new enough. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  console.error(`Node: is version ${version}; Crosspage needs ${leastNode.join('.')} or later`);
  console.error('  look at: ' + process.execPath);
  console.error('  to do: install a newer Node: the current LTS');
  process.exit(3);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * npm writes node_modules/.package-lock.json last, when all is installed: compare it with what
 * package-lock.json asks for. Optional packages may be for other machines.
 */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  const wanted = packagesOf('package-lock.json');
  if (installed === undefined || wanted === undefined) return false;
  return Object.keys(wanted).every((path) => {
    const { optional, version, integrity } = wanted[path];
    if (path === '' || optional) return true;
    const found = installed[path];
    return found !== undefined && found.version === version && found.integrity === integrity;
  });
}

/** Installs the npm packages that package-lock.json names, unless they are installed. */
export function installPackages() {
  if (isInstalled()) return;
  console.error('installing npm packages (npm ci)');
  const args = ['ci', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(`npm ci: ${error ? error.message : `ended with exit code ${status}`}`);
  console.error('  look at: its output above');
  console.error('  to do: see that npm is installed and reaches its registry; then run this again');
  process.exit(3);
}

/** Runs the command line in this process, with tsx as the loader of TypeScript. */
export async function runMain() {
  let tsx;
  try {
    tsx = await import('tsx/esm/api');
  } catch {
    console.error('crosspage: its npm packages are not installed');
    console.error(`  to do: run: npm ci --prefix ${root}`);
    process.exit(3);
  }
  tsx.register();
  await import('./main.ts');
}
