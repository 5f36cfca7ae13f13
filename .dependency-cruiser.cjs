// SPDX-License-Identifier: Apache-2.0
const { layers, pure, doors } = require('./lib/layers.cjs');

const folder = (names) => `^lib/(${names.join('|')})/`;

const layerRules = Object.entries(layers).map(([from, to]) => ({
  name: `layer-${from}`,
  comment: `lib/${from} may import lib/{${['support', ...to].join(',')}} only (lib/layers.cjs)`,
  severity: 'error',
  from: { path: folder([from]) },
  to: { path: '^lib/', pathNot: folder([from, 'support', ...to]) },
}));

const doorRules = Object.entries(doors).map(([name, folders]) => ({
  name: `door-${name}`,
  comment: `${name} is imported by lib/{${folders.join(',')}} only (lib/layers.cjs)`,
  severity: 'error',
  from: { path: '^lib/', ...(folders.length > 0 && { pathNot: folder(folders) }) },
  to: { path: `^node_modules/${name}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    ...doorRules,
    {
      name: 'pure-below',
      comment: 'pure folders import no Node built-in',
      severity: 'error',
      from: { path: [folder(pure), '^lib/probe/protocol'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'specs-use-the-public-api',
      comment: 'specs outside tests/framework import #crosspage only',
      severity: 'error',
      from: { path: '^tests/', pathNot: '^tests/framework/' },
      to: { path: '^lib/', pathNot: '^lib/index.ts$' },
    },
    {
      name: 'lib-does-not-import-tests',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^tests/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
