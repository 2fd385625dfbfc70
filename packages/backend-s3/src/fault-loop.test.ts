import { describeS3 } from '@artifacts/testkit/vitest';
import { test } from 'vitest';

import { FaultLane } from '../test/support/fault-lane.ts';
import { storeOperations } from '../test/support/operations.ts';

const lanes = 6;

describeS3('each request of a store fails, once and for good', (server) => {
  test.for(storeOperations)(
    'I-6 I-7 I-10 $name: the outcome is the right one or typed, one version or the other is there, and trying again converges',
    { timeout: 600_000 },
    async (operation, { skip }) => {
      const lane = await FaultLane.open(server, operation);
      skip(!lane.isPossible, 'the server cannot compare and swap');
      const clean = await lane.cleanRun();
      const others = Array.from({ length: lanes - 1 }, () => FaultLane.open(server, operation));
      const rules = clean.rules.values();
      const running = [lane, ...(await Promise.all(others))].map(async (one) => {
        for (const rule of rules) await one.run(rule, clean);
      });
      await Promise.all(running);
    },
  );
});
