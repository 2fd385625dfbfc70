#!/usr/bin/env node
import { createBackendCommand } from './create-backend/command.ts';

void createBackendCommand(process.argv.slice(2), process.stdout, process.stderr).then((exitCode) => {
  process.exitCode = exitCode;
});
