import { Command } from 'commander';
import { graphSchema, schemaScript } from '../../graph/schema.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';
import { outputFile } from '../io/output-file.js';

interface ExportSchemaOptions extends GlobalOptions {
  readonly out?: string;
}

/** `qmtl export-schema`: prints constraints and indexes of the graph as Cypher. */
export function exportSchemaCommand(io: CliIo): Command {
  return new Command('export-schema')
    .description('print the constraints and indexes of the graph as Cypher')
    .option('--out <file>', 'write to a file instead of standard output')
    .action(async (_own: unknown, command: Command) => {
      const { out, output } = command.optsWithGlobals<ExportSchemaOptions>();
      if (out === undefined) {
        return printResult(io, output, { statements: graphSchema }, () => schemaScript().trimEnd());
      }
      const file = await outputFile(io, out);
      await file.write(schemaScript());
      const result = { file: file.path, statements: graphSchema.length };
      return printResult(io, output, result, () => `wrote ${graphSchema.length} statements to ${file.path}`);
    });
}
