import { reportFailure } from './io/failure.js';
import type { CliIo, OutputFormat } from './io/io.js';
import { qmtlProgram } from './program.js';

/** Runs one command line, says why when it fails, and gives the exit code. Never rejects. */
export async function qmtl(io: CliIo, args: readonly string[]): Promise<number> {
  try {
    const program = await qmtlProgram(io, args);
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    const { text, exitCode } = reportFailure(error, formatOf(args), io.interrupted.aborted);
    if (text !== '') io.note(text);
    return exitCode;
  }
}

/** Read here too, because a command line that cannot be parsed is answered in the format it asks for. */
function formatOf(args: readonly string[]): OutputFormat {
  const isJson = args.some(
    (argument, index) =>
      argument === '--output=json' || (argument === 'json' && args[index - 1] === '--output'),
  );
  return isJson ? 'json' : 'table';
}
