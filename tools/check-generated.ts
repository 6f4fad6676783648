import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `npm run check:proto`: the committed generated code equals that of the contracts. */
const committed = 'proto/gen';
const scratch = mkdtempSync(join(tmpdir(), 'qmtl-proto-'));
try {
  cpSync('buf.gen.yaml', join(scratch, 'buf.gen.yaml'));
  execFileSync('npx', ['buf', 'generate', '--output', scratch], { stdio: ['ignore', 'inherit', 'inherit'] });
  const fresh = join(scratch, 'proto/gen');
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('_pb.ts'))
      .sort();
  if (files(fresh).length === 0) throw new Error('buf generated nothing: the check saw no files');
  const stale = [...new Set([...files(committed), ...files(fresh)])].filter(
    (file) => !same(join(committed, file), join(fresh, file)),
  );
  if (stale.length > 0) throw new Error(`not up to date, run \`npm run proto\`: ${stale.join(', ')}`);
  console.log(`${files(fresh).length} generated files are up to date`);
} finally {
  rmSync(scratch, { recursive: true });
}

function same(a: string, b: string): boolean {
  try {
    return readFileSync(a, 'utf8') === readFileSync(b, 'utf8');
  } catch {
    return false;
  }
}
