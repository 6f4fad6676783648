import { isNodeId } from '../../../domain/base/ids.js';
import { isExecutionContext } from '../../../domain/context/execution-context.js';
import { hashDag } from '../../../domain/dag/dag-digest.js';
import { firstWithin } from '../../../std/first-within.js';
import {
  type CypherInput,
  maybe,
  type Row,
  readBoolean,
  readInteger,
  readKinds,
  readRow,
  readText,
  readTexts,
} from '../driver/cypher-value.js';
import type { Maintenance } from '../driver/maintenance.js';
import { toStoredDag } from '../rows/stored-dag.js';
import {
  readStored,
  type StoredForm,
  storedContext,
  storedEvent,
  storedReceipt,
  storedTagPlan,
  toStored,
  toStoredMismatches,
} from '../rows/stored-form.js';
import { raiseFormat } from './installation.js';
import { isJsonDag, isJsonEvent, isJsonMismatches, isJsonReceipt, isJsonTexts } from './json-values.js';
import { migrationRowsMax } from './pages.js';

/** The format of a graph whose stored values have numbered forms. */
const format = 3;

/** Characters of JSON converted per transaction: they bound locks and memory, also of this process. */
const charsMax = 8 * 1024 * 1024;

type Properties = Readonly<Record<string, CypherInput>>;

/** Values of one label that earlier releases stored as JSON. */
interface Conversion {
  readonly label: string;
  readonly key: string;
  /** In Cypher, of the row `n`: whether an earlier release wrote it. */
  readonly isEarlier: string;
  /** Its largest property. */
  readonly largest: string;
  /** What `convert` reads. */
  readonly properties: readonly string[];
  /** What is set in its place; null removes. Throws for what no release wrote. */
  readonly convert: (row: Row) => Properties;
}

const conversions: readonly Conversion[] = [
  {
    label: 'Dag',
    key: 'digest',
    isEarlier: 'n.form IS NULL',
    largest: 'body',
    properties: ['digest', 'body'],
    convert: convertDag,
  },
  {
    label: 'Submission',
    key: 'submission_id',
    isEarlier: 'n.context IS :: STRING NOT NULL',
    largest: 'receipt',
    properties: ['submission_id', 'context', 'receipt', 'tagged_ids', 'tagged_tags'],
    convert: convertSubmission,
  },
  {
    label: 'Queue',
    key: 'topic',
    isEarlier: 'n.mismatches IS :: STRING NOT NULL',
    largest: 'mismatches',
    properties: ['mismatches'],
    convert: (row) => ({ mismatches: toStoredMismatches(readJson(row, 'mismatches', isJsonMismatches)) }),
  },
  ...['Outbox', 'ParkedEvent'].map((label) => ({
    label,
    key: 'id',
    isEarlier: 'n.event IS :: STRING NOT NULL',
    largest: 'event',
    properties: ['event'],
    convert: convertEvent,
  })),
];

/**
 * Earlier releases stored values as JSON of whatever the code of the release had in memory. The format is raised first: workers of an
 * earlier release that start from then on are refused.
 *
 * A value that cannot be converted stays as it is, with the reason as `form_fault`: it holds up no other, is not tried again, and a reader
 * gets an error that names it.
 */
export async function giveValuesForms(maintenance: Maintenance): Promise<void> {
  await raiseFormat(maintenance, format);
  for (const one of conversions) await convertAll(maintenance, one);
}

/** Whether a worker of an earlier release went on after the migration. */
export async function hasValuesWithoutForms(maintenance: Maintenance): Promise<boolean> {
  for (const { label, isEarlier } of conversions) {
    const found = await maintenance.run(
      `look for values of ${label} without a form`,
      `MATCH (n:${label}) WHERE ${isEarlier} AND n.form_fault IS NULL RETURN true AS found LIMIT 1`,
    );
    if (found.length > 0) return true;
  }
  return false;
}

/** In pages, in the order of the key. */
async function convertAll(maintenance: Maintenance, one: Conversion): Promise<void> {
  let after = '';
  for (;;) {
    const page = await maintenance.run(
      `read a page of ${one.label}`,
      `MATCH (n:${one.label})
       WHERE n.${one.key} > $after
       WITH n ORDER BY n.${one.key} LIMIT $rows_max
       WITH n.${one.key} AS key, ${one.isEarlier} AND n.form_fault IS NULL AS earlier, n
       RETURN key, earlier, CASE WHEN earlier AND n.${one.largest} IS :: STRING NOT NULL THEN size(n.${one.largest}) ELSE 0 END AS chars
       ORDER BY key`,
      { after, rows_max: migrationRowsMax },
    );
    const last = page.at(-1);
    if (last === undefined) return;
    after = readText(last, 'key');
    await convertPage(
      maintenance,
      one,
      page.filter((row) => readBoolean(row, 'earlier')),
    );
  }
}

async function convertPage(maintenance: Maintenance, one: Conversion, page: readonly Row[]): Promise<void> {
  let left = page;
  while (left.length > 0) {
    const group = firstWithin(left, charsMax, (row) => readInteger(row, 'chars'));
    await convertGroup(
      maintenance,
      one,
      group.map((row) => readText(row, 'key')),
    );
    left = left.slice(group.length);
  }
}

/**
 * What was converted meanwhile, by another process that migrates, is left as it is: a worker may have changed it since. So is what a
 * worker of an earlier release added to, such as a receipt; the next start converts it.
 */
async function convertGroup(
  maintenance: Maintenance,
  one: Conversion,
  keys: readonly string[],
): Promise<void> {
  const { label, key, isEarlier, properties } = one;
  const found = await maintenance.run(
    `read values of ${label}`,
    `UNWIND $keys AS key
     MATCH (n:${label} {${key}: key})
     WHERE ${isEarlier}
     RETURN key, n {${properties.map((name) => `.${name}`).join(', ')}} AS row,
            size([name IN $properties WHERE n[name] IS NOT NULL]) AS present`,
    { keys, properties },
  );
  const rows = found.map((row) => ({
    key: readText(row, 'key'),
    present: readInteger(row, 'present'),
    properties: converted(one, readRow(row, 'row')),
  }));
  await maintenance.run(
    `give values of ${label} their forms`,
    `UNWIND $rows AS row
     MATCH (n:${label} {${key}: row.key})
     WHERE ${isEarlier} AND size([name IN $properties WHERE n[name] IS NOT NULL]) = row.present
     SET n += row.properties`,
    { rows, properties },
  );
}

function converted({ convert }: Conversion, row: Row): Properties {
  try {
    return convert(row);
  } catch (error) {
    return { form_fault: error instanceof Error ? error.message : String(error) };
  }
}

function convertDag(row: Row): Properties {
  const dag = { ...readJson(row, 'body', isJsonDag), outputs: [] };
  if (hashDag(dag) !== readText(row, 'digest')) throw new TypeError('the DAG is not what its digest says');
  return toStoredDag(dag);
}

function convertSubmission(row: Row): Properties {
  const receipt = maybe(row, 'receipt', (r, name) => readJson(r, name, isJsonReceipt));
  const tags = maybe(row, 'tagged_tags', readTexts) ?? [];
  const planned = new Map(
    (maybe(row, 'tagged_ids', (r, name) => readKinds(r, name, isNodeId)) ?? []).map((nodeId, index) => [
      nodeId,
      parseJson(tags[index] ?? '[]', isJsonTexts),
    ]),
  );
  return {
    context: checked(storedContext, readJson(row, 'context', isExecutionContext)),
    receipt: receipt === undefined ? null : checked(storedReceipt, { ...receipt, outputs: [] }),
    planned_tags: planned.size === 0 ? null : checked(storedTagPlan, planned),
    tagged_ids: null,
    tagged_tags: null,
  };
}

function convertEvent(row: Row): Properties {
  const event = checked(storedEvent, readJson(row, 'event', isJsonEvent));
  return { event, size: event.length };
}

/** The stored value, once it was read again. */
function checked<T>(kind: StoredForm<T>, value: T): Uint8Array {
  const stored = toStored(kind, value);
  readStored(kind, { stored }, 'stored', 'an earlier release');
  return stored;
}

function readJson<T>(row: Row, name: string, is: (value: unknown) => value is T): T {
  return parseJson(readText(row, name), is);
}

function parseJson<T>(text: string, is: (value: unknown) => value is T): T {
  const value: unknown = JSON.parse(text);
  if (is(value)) return value;
  throw new TypeError('the JSON is not of its kind');
}
