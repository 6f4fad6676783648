import { type DocumentFields, isSafeText, noteTextFault } from '../base/document-fields.js';
import type { Limits } from '../base/limits.js';
import { excerpt } from '../base/problem-list.js';
import { listTags } from './tag-query.js';

/** Tags in the author's order, without repeats; undefined when the member is absent. A string is a list separated by commas. */
export function readTags(fields: DocumentFields, key: string, bounds: Limits): readonly string[] | undefined {
  const raw = fields.raw(key);
  if (raw === undefined) return undefined;
  const list: unknown = typeof raw === 'string' ? raw.split(',') : raw;
  if (!Array.isArray(list)) {
    const message = `${key} is ${excerpt(raw)}`;
    fields.problems.add('E_SCHEMA_INVALID', fields.path(key), message, 'give tags as an array of strings');
    return [];
  }
  if (!areTags(list, fields, key, bounds)) return [];
  const tags = listTags(list);
  if (tags.length <= bounds.nodeTagsMax) return tags;
  const message = `${key} has ${tags.length} tags; at most ${bounds.nodeTagsMax} are allowed`;
  fields.problems.add('E_LIMIT_EXCEEDED', fields.path(key), message, 'use fewer tags');
  return [];
}

function areTags(
  list: readonly unknown[],
  fields: DocumentFields,
  key: string,
  bounds: Limits,
): list is readonly string[] {
  let usable = true;
  for (let i = 0; i < list.length; i += 1) {
    if (isSafeText(list[i], bounds.tagCharsMax)) continue;
    noteTextFault(list[i], `${fields.path(key)}/${i}`, bounds.tagCharsMax, fields.problems);
    usable = false;
  }
  return usable;
}
