export type { ConformanceDocument, ReportedRule } from './conformance/document.ts';
export { contractRules } from './contract-rules.ts';
export type { Harness, HarnessExtra, HarnessFactory, OtherProcess } from './harness.ts';
export { type Capability, notApplicable, type Rule, ruleTitle } from './rule.ts';
export { type RuleResult, runRule, runRules, type RunOptions } from './run-rules.ts';
export { storeRules } from './store-rules.ts';
export type { SuiteVersion } from './suite.ts';
export { countRules, type RuleCounts, summary } from './summary.ts';
