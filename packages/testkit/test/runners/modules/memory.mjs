import { memoryBackend } from '@artifacts/core/memory';

export default () => memoryBackend();
