// SPDX-License-Identifier: Apache-2.0
/**
 * The layer table: for each folder of lib, the folders that it may import. `support` is open to
 * all. A folder that is missing here may import nothing but `support`.
 */
const layers = {
  support: [],
  dt: [],
  memory: [],
  xen: ['dt', 'memory'],
  lint: ['dt', 'memory', 'xen'],
  host: [],
  console: ['xen', 'host'],
  images: ['host', 'probe', 'xen'],
  probe: ['console', 'dt', 'host', 'memory', 'xen'],
  boards: ['console', 'images', 'probe', 'xen', 'host'],
  qemu: ['boards', 'console', 'dt', 'host', 'images', 'memory', 'probe', 'xen'],
  boot: ['boards', 'console', 'dt', 'host', 'images', 'memory', 'probe', 'xen'],
  toolstack: ['boards', 'boot', 'console', 'host', 'memory', 'probe', 'xen'],
  matchers: ['probe', 'xen', 'console', 'dt', 'memory', 'report'],
  report: ['host', 'memory', 'xen'],
  fixtures: [
    'boards',
    'boot',
    'console',
    'dt',
    'host',
    'images',
    'matchers',
    'mutants',
    'probe',
    'qemu',
    'report',
    'toolstack',
    'xen',
  ],
  bisect: ['boards', 'boot', 'host', 'images', 'xen', 'lint'],
  bench: ['boards', 'boot', 'host', 'probe', 'toolstack', 'xen'],
  mutants: ['boards', 'console', 'host', 'images', 'probe', 'report', 'xen'],
  soak: ['boards', 'boot', 'probe', 'xen'],
  cli: [
    'bench',
    'boards',
    'boot',
    'fixtures',
    'host',
    'images',
    'mutants',
    'qemu',
    'report',
    'soak',
    'xen',
  ],
};

/** Folders that are values only: no Node built-in, no package that touches the world. */
const pure = ['support', 'dt', 'xen', 'memory', 'lint'];

/** One door for each dependency: the folders that may import an npm package. */
const doors = {
  '@playwright/test': ['fixtures', 'matchers', 'report', 'cli'],
  playwright: [],
  zx: ['host'],
  xml2js: ['report'],
  commander: ['cli'],
  zod: ['xen', 'images', 'boards', 'mutants', 'report', 'soak', 'cli'],
  serialport: ['boards'],
  ssh2: ['boards'],
};

module.exports = { layers, pure, doors };
