// SPDX-License-Identifier: Apache-2.0
import { MAX_NAME } from './model.ts';

// Devicetree specification v0.4, tables 2.1 and 2.2; dtc takes `*` in property names beyond that
// (checks.c, node_name_chars, node_name_format, property_name_chars).
const nodeName = /^[a-zA-Z0-9,._+-]+(@[a-zA-Z0-9,._+-]+)?$/;
const propertyName = /^[a-zA-Z0-9,._+*#?-]+$/;

/** What is wrong with `name` as the name of a node below the root, or undefined. */
export function nodeNameFault(name: string): string | undefined {
  if (name === '') return 'a node below the root has an empty name';
  return fault('node', name, nodeName);
}

/** What is wrong with `name` as the name of a property, or undefined. */
export function propertyNameFault(name: string): string | undefined {
  if (name === '') return 'a property has an empty name';
  return fault('property', name, propertyName);
}

function fault(kind: string, name: string, allowed: RegExp): string | undefined {
  const shown = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name);
  if (name.length > MAX_NAME)
    return `the ${kind} name ${shown} is longer than ${MAX_NAME} characters`;
  return allowed.test(name) ? undefined : `${shown} is no ${kind} name`;
}
