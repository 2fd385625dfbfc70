export { contractRules } from './contract-rules.ts';
export { type Capability, type Harness, type HarnessFactory, notApplicable, type Rule, ruleTitle } from './rule.ts';
export { type RuleResult, runRule, runRules, type RunOptions, summary } from './run-rules.ts';
export { storeRules } from './store-rules.ts';
