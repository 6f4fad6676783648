import type { Closure } from './closure.js';
import type { CodeDefinition, Definition } from './definitions.js';
import { type Finding, findingAt } from './finding.js';
import { againHint, type ReadFile } from './loaded-files.js';
import type { Module } from './project.js';
import { isInstalled } from './resolve-specifier.js';

/** Why a file may not be what was loaded, if that is so. `code`: the definitions of the file that are analysed. */
export type FileFault = (file: ReadFile, code?: readonly CodeDefinition[]) => string | undefined;

/** A finding for each file of the project that is not what was loaded, where it is first named. */
export function staleFiles({ root, definitions }: Closure, faultOf: FileFault): Finding[] {
  const faults = [
    ...[...codeByModule(definitions)].flatMap(([{ file, isPackage }, code]) =>
      isPackage ? [] : [{ named: code[0] ?? root, fault: faultOf(file, code) }],
    ),
    ...definitions.flatMap((named) =>
      named.kind === 'json' && !isInstalled(named.path) ? [{ named, fault: faultOf(named) }] : [],
    ),
  ];
  return faults.flatMap(({ named, fault }) => {
    if (fault === undefined) return [];
    const { module, node } = definitions.find(({ uses }) => uses.has(named))?.uses.get(named) ?? root;
    return [findingAt('E_CAPTURE', module, node, `reads ${fault}`, againHint)];
  });
}

function codeByModule(definitions: readonly Definition[]): Map<Module, CodeDefinition[]> {
  const byModule = new Map<Module, CodeDefinition[]>();
  for (const one of definitions) {
    if (one.kind !== 'code') continue;
    const known = byModule.get(one.module);
    if (known === undefined) byModule.set(one.module, [one]);
    else known.push(one);
  }
  return byModule;
}
