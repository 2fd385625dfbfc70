import type { Observer, OperationEnd } from '@artifacts/core';

/** What a step of this program did, and what it cost. */
export interface Measurement {
  readonly step: string;
  readonly files: number;
  /** Bytes of content that were moved, where the step moves any. */
  readonly bytes: number | undefined;
  readonly ms: number;
  readonly requests: number;
}

/** Measures step by step. As an observer of the store it counts the storage requests that its operations make. */
export class Measurements implements Observer {
  readonly steps: Measurement[] = [];
  #requests = 0;

  end({ requests }: OperationEnd): void {
    this.#requests += requests;
  }

  /** Starts a step; what it gives is to be called when the step is done. */
  begin(step: string): (files: number, bytes?: number) => void {
    const startedAt = performance.now();
    const requestsBefore = this.#requests;
    return (files, bytes) => {
      const ms = performance.now() - startedAt;
      this.steps.push({ step, files, bytes, ms, requests: this.#requests - requestsBefore });
    };
  }
}
