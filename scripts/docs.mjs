import { join } from 'node:path';
import { install, root } from './lib/workspace.mjs';

await install();
// What is imported from the registry exists only now.
const { generateReference } = await import('./reference/generate.mjs');
await generateReference(join(root, 'docs', 'api'));
