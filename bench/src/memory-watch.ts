import { readFileSync, writeFileSync } from 'node:fs';

import { mebibyte } from './settings.ts';

const everyMs = 100;

/** How much more memory this process needed, at most, than when the watch began. */
export class MemoryWatch {
  readonly #baseline: number;
  readonly #timer: NodeJS.Timeout;
  readonly #fromKernel: boolean;
  #sampled: number;

  constructor() {
    this.#fromKernel = resetKernelPeak();
    this.#baseline = process.memoryUsage.rss();
    this.#sampled = this.#baseline;
    this.#timer = setInterval(() => this.#sample(), everyMs);
  }

  stop(): MemoryGrowth {
    clearInterval(this.#timer);
    this.#sample();
    // The kernel's own high-water mark misses nothing between two samples.
    const peak = Math.max(this.#sampled, this.#fromKernel ? kernelPeak() : 0);
    return {
      baselineMiB: this.#baseline / mebibyte,
      peakMiB: peak / mebibyte,
      growthMiB: (peak - this.#baseline) / mebibyte,
    };
  }

  #sample(): void {
    this.#sampled = Math.max(this.#sampled, process.memoryUsage.rss());
  }
}

export interface MemoryGrowth {
  readonly baselineMiB: number;
  readonly peakMiB: number;
  readonly growthMiB: number;
}

function resetKernelPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function kernelPeak(): number {
  const [, kibibytes = '0'] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
