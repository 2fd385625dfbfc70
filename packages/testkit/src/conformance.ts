#!/usr/bin/env node
import { conformance } from './conformance/command.ts';

void conformance(process.argv.slice(2), process.stdout, process.stderr).then((exitCode) => {
  // A backend that hangs in a rule must not keep the process. What was written before is out when this was.
  process.stdout.write('', () => process.exit(exitCode));
});
