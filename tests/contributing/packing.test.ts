import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { ScratchCheckout } from './scratch-checkout.js';

const report = z.array(z.object({ files: z.array(z.object({ path: z.string() })) }));

/** Milliseconds for a build of a copy on a busy machine. */
const longMs = 300_000;

test(
  'the package has what the sources compile to, and nothing that was built before',
  () => {
    const checkout = new ScratchCheckout();
    onTestFinished(() => checkout.remove());
    const built = ['std/errno.js', 'std/errno.d.ts', 'proto/gen/old_pb.js', 'left.txt'];
    checkout.apply(built.map((path) => ({ path: `dist/${path}`, text: '' })));
    const printed = checkout.run('npm', 'pack', '--silent', '--dry-run', '--json');
    const [packed] = report.parse(JSON.parse(printed.slice(printed.indexOf('[\n'))));
    const compiled = (packed?.files ?? []).map(({ path }) => path).filter((path) => path.startsWith('dist/'));
    expect(compiled).toEqual(expect.arrayContaining(['dist/cli/qmtl.js', 'dist/sdk/index.d.ts']));
    const sourceOf = (path: string) => path.slice('dist/'.length).replace(/\.(?:d\.ts|js)(?:\.map)?$/, '.ts');
    const strange = compiled.filter((path) => !existsSync(join(checkout.folder, sourceOf(path))));
    // What the build makes of all workflows has no source of its own.
    expect(strange).toEqual(['dist/temporal/workflow-bundle.generated.js']);
  },
  longMs,
);
