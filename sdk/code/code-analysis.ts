import type { Finding } from './finding.js';
import type { SourceFunction, TextPosition } from './source-places.js';

// What the analysis of code is given, and what it returns: the rest of the SDK needs no more of it.

/** What was loaded with a strategy. */
export interface LoadedProject {
  /** Further files, which are searched for code that changes constants. */
  readonly entries: readonly string[];
  /** Texts of files that were read just before they were loaded, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The code of one compute function. */
export interface ComputeCode {
  /** `blake3:` and 64 hex digits: the hash of `text`. */
  readonly digest: string;
  /** The closed module: what is hashed, and what is executed. Empty when there are findings. */
  readonly text: string;
  readonly findings: readonly Finding[];
  /** Which fields of its inputs the function reads. Undefined when the code comes from the graph, where ids are known. */
  readonly reads?: FieldReads;
  /** It comes from the graph: there is no function in the author's program to compare it with. */
  readonly isStored?: true;
  /** What its definitions name. Undefined when there are findings, or when the code comes from the graph. */
  readonly captured?: CapturedValues;
  /** The place in the author's files of a position in `text`, or of the function when there is none. */
  readonly placeOf: (position: TextPosition | undefined) => string;
}

/** The values of a project that the definitions of a closed module name. */
export interface CapturedValues {
  /** The file of the compute function. */
  readonly file: string;
  readonly values: readonly CapturedValue[];
  /** Whether one of its files declares a name. */
  declares(name: string): boolean;
  /** The function or class of the author at a position in the script; undefined for what the closed module adds. */
  functionAt(position: TextPosition): SourceFunction | undefined;
  /** A script in the form of the closed module that returns `[values, namespaces, modules, packaged]`. */
  scriptOf(values: readonly CapturedValue[]): string;
}

/** A value that a definition names. */
export interface CapturedValue {
  /** The file of the definition. */
  readonly file: string;
  /** A name in the file, and members of namespaces: `ns.name`. */
  readonly path: readonly [name: string, ...members: string[]];
  /** The name of the export, when the first name is imported. */
  readonly imported: string | undefined;
  /** A package defines it: what it holds depends on the platform. */
  readonly isOfPackage: boolean;
  /** It has no members in the author's files beside what every function has. */
  readonly isFunction: boolean;
  /** The value in the closed module. */
  readonly expression: string;
  readonly refusal: (message: string, hint: string) => Finding;
}

/** Which fields of its inputs a function reads. */
export interface FieldReads {
  /** The fields of an input; undefined when the function may see which ones there are. */
  fieldsOf(input: string): ReadonlySet<string> | undefined;
}
