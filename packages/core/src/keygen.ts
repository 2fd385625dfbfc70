#!/usr/bin/env node
import { keygen } from './keygen-command.ts';

const { exitCode, stdout, stderr } = keygen(process.argv.slice(2), new Date());
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
