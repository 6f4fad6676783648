import { isCompiledLike, isSameCode } from './compiled-code.js';
import type { FunctionLocation } from './function-location.js';
import { againHint, type LoadedFiles, type Loading, sourceContent } from './loaded-files.js';
import { nodesAround, originalPlace, type Place } from './original-place.js';
import { isModule, type Module, type Project } from './project.js';
import { type FunctionNode, isFunctionNode, shownPath } from './syntax.js';

/** A compute function in its author's source, or the reason why it cannot be found there. */
export type FoundFunction =
  | {
      readonly ok: true;
      readonly module: Module;
      readonly node: FunctionNode;
      readonly loading: Loading;
    }
  | { readonly ok: false; readonly reason: string; readonly hint: string };

/** Finds the source of a running function, and verifies that it is the source of the running code. */
export function findFunction(
  project: Project,
  compute: object,
  location: FunctionLocation | undefined,
  loaded: LoadedFiles,
): FoundFunction {
  if (location === undefined) {
    const hint =
      'call it from a function that is written in the file: const f = g.bind(…), then compute: (view) => f(view)';
    return refused('it has no source: it is a built-in or bound function', hint);
  }
  const running = Function.prototype.toString.call(compute);
  const place = originalPlace(location, running);
  if (place === undefined) return refused(`${location.script.url || 'eval'} is not a file`);
  const module = project.module(place.path);
  if (!isModule(module)) return refused(`${module.place} ${module.message}`);
  const node = functionAround(module, place.offsets(module.file.text));
  const match = matchOf(place, module, node, running, loaded);
  if (match === 'changed')
    return refused(`${shownPath(place.path)} has changed since it was loaded`, againHint);
  if (node === undefined) return refused(`there is no function at its position in ${shownPath(place.path)}`);
  return match === 'same'
    ? { ok: true, module, node, loading: place.loading }
    : refused(`${shownPath(place.path)} is not the source of the running function`, againHint);
}

/** Whether the running function was compiled from a node of the file as it is now. */
function matchOf(
  { script, isMapped, path, loading }: Place,
  module: Module,
  node: FunctionNode | undefined,
  running: string,
  loaded: LoadedFiles,
): 'same' | 'changed' | 'other' {
  const content = isMapped ? sourceContent(script, path) : undefined;
  const known = loaded.knownText(path, loading) ?? content;
  if (known !== undefined && known !== module.file.text) return 'changed';
  const isUnchanged = known !== undefined || loaded.isUnchanged(module.file, loading);
  return node !== undefined && isSource(module, node, running, { isMapped, isUnchanged }) ? 'same' : 'other';
}

function isSource(
  module: Module,
  node: FunctionNode,
  running: string,
  { isMapped, isUnchanged }: { readonly isMapped: boolean; readonly isUnchanged: boolean },
): boolean {
  if (!isMapped) return isSameText(module, node, running);
  return isUnchanged ? isCompiledLike(node, running) : isSameCode(module, node, running);
}

/**
 * The innermost function that contains all offsets. For a method its property counts, to which a map may point. What
 * compilers add is mapped to something before the function: to the statement around it.
 */
function functionAround(module: Module, all: readonly number[]): FunctionNode | undefined {
  const [first = -1] = all;
  const last = Math.max(...all.filter((offset) => offset >= first));
  const functions = nodesAround(module.file.program, first, last).flatMap((node) => {
    const held = node.type === 'Property' || node.type === 'MethodDefinition' ? node.value : node;
    return isFunctionNode(held) && last <= held.end ? [held] : [];
  });
  return functions.at(-1);
}

/** For a file that was not compiled: the engine has its exact text, from `async`, `function`, the key or the parameters on. */
function isSameText(module: Module, node: FunctionNode, running: string): boolean {
  const holder = module.scopes.parentOf(node) ?? node;
  return (
    module.file.text.slice(holder.start, node.end).endsWith(running) &&
    running.length >= node.end - node.start
  );
}

function refused(
  reason: string,
  hint = 'write compute as a function in a .ts or .js file that is loaded by Node, tsx or vitest',
): FoundFunction {
  return { ok: false, reason, hint };
}
