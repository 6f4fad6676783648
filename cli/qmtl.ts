#!/usr/bin/env node
import { processIo } from './io/process-io.js';
import { qmtl } from './program.js';

/** The entry point of the `qmtl` command. */
process.exitCode = await qmtl(processIo(), process.argv.slice(2));
