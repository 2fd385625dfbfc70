import { writeFileSync } from 'node:fs';

function nameOf({ fullName, module, relativeModuleId }) {
  return [module?.relativeModuleId ?? relativeModuleId, fullName].filter(Boolean).join(' > ');
}

/** A vitest reporter that counts, and keeps the reasons of what was skipped: vitest's JSON report leaves them out. */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    // A file that does not load, or a suite whose hooks fail, may have no test that fails.
    const holders = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = holders.filter((holder) => holder.errors().length > 0);
    const counts = {
      passed: inState('passed').length,
      failed: inState('failed').length + inState('pending').length + broken.length + unhandledErrors.length,
      // What a test has to say at the end of the whole run.
      notes: tests.flatMap((test) => test.meta().note ?? []),
      failures: [...inState('failed'), ...inState('pending')].map(nameOf).concat(broken.map(nameOf)),
      skipped: inState('skipped').map((test) => ({ name: test.fullName, reason: test.result().note ?? 'no reason' })),
    };
    writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(counts));
  }
}
