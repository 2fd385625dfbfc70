import type { ArtifactBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

export default (): ArtifactBackend => memoryBackend();
