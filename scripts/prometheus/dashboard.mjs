import { join } from 'node:path';
import { readJson, root } from '../lib/workspace.mjs';

const home = join(root, 'packages', 'metrics-prometheus');

export const rules = join(home, 'prometheus', 'alerts.yml');
export const rulesTests = join(home, 'prometheus', 'alerts-tests.yml');
export const picture = join(home, 'dashboard.svg');

/**
 * The panels of the dashboard as Grafana would ask for them with all stores chosen.
 *
 * @param {string} interval What rates are over, such as `10s`.
 * @returns {{ title: string, unit: string, queries: { query: string, legend: string }[] }[]}
 */
export function panelsOf(interval) {
  const { panels } = readJson(join(home, 'grafana', 'dashboard.json'));
  return panels.map(({ title, fieldConfig, targets }) => ({
    title,
    unit: fieldConfig.defaults.unit,
    queries: targets.map(({ expr, legendFormat }) => ({
      query: expr.replaceAll('$__rate_interval', interval).replaceAll('$store', '.*'),
      legend: legendFormat,
    })),
  }));
}
