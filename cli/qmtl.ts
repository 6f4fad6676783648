#!/usr/bin/env node
import { qmtl } from './main.js';
import { processIo } from './process-io.js';

/** The entry of the `qmtl` command. */
process.exitCode = await qmtl(processIo(), process.argv.slice(2));
