import { errorText } from './error-text.ts';
import { conformanceDocument } from './document.ts';
import { loadHarness } from './load-harness.ts';
import { type ConformanceOptions, optionsOf, usage } from './options.ts';
import { type Output, Report } from './report.ts';
import { runRule, type RuleResult } from '../run-rules.ts';
import { strayErrors } from './stray-errors.ts';
import { examine } from './subject.ts';

/** The command `artifacts-conformance`, given the arguments behind its name. Gives its exit code. */
export async function conformance(args: readonly string[], stdout: Output, stderr: Output): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options !== undefined) return await run(options, stdout);
    stdout.write(usage);
    return 0;
  } catch (error) {
    stderr.write(`artifacts-conformance: ${errorText(error)}\nartifacts-conformance --help shows how it is used\n`);
    return 2;
  }
}

async function run({ module, rules, suite, json }: ConformanceOptions, stdout: Output): Promise<number> {
  const factory = await loadHarness(module);
  const stray = strayErrors();
  const subject = await examine(factory);
  const report = json ? undefined : new Report(stdout, subject, rules);
  const results: RuleResult[] = [];
  for (const rule of rules) {
    const result = await stray.addTo(await runRule(rule, factory, { suite }));
    results.push(result);
    report?.add(result);
  }
  report?.end();
  if (json) stdout.write(`${JSON.stringify(conformanceDocument(subject, suite, results), undefined, 2)}\n`);
  return results.some(({ outcome }) => outcome === 'broken') ? 1 : 0;
}
