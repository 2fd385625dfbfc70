import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { ArtifactError } from '@artifacts/core';

import { Chain } from './chain.ts';
import { sealCheckpoint } from './checkpoint.ts';
import { droppedOf, openedOf, type Entry } from './entry.ts';
import { failureOf } from './failures.ts';
import { noLine, type AuditHead } from './line.ts';
import type { CheckedOptions } from './options.ts';
import { notesIn, Queue, type Asked, type Waiting } from './queue.ts';
import { Tally } from './tally.ts';

const maxBatch = 1024;
/** For so many milliseconds lines that nobody waits for are gathered, or until there are so many. */
const gatherMs = 4;
const fullBatch = 256;
/** How long nothing is tried again, in milliseconds, unless somebody waits for it. */
const restMs = 1000;

/** Puts lines into one order and one chain: as many as wait with one write and one fsync. */
export class Recorder {
  readonly #options: CheckedOptions;
  readonly #tally = new Tally();
  readonly #queue: Queue;
  #chain: Chain | undefined;
  /** The line that tells that a file was opened, until it is written. */
  #opening: Entry | undefined;
  #triesAgainAt = 0;
  #signsAgainAt = 0;
  #used = false;
  /** Ends with the queue. */
  #running: Promise<void> | undefined;
  #closing = false;
  #closed: Promise<AuditHead | undefined> | undefined;

  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#queue = new Queue(options.maxQueued);
  }

  get tally(): Tally {
    return this.#tally;
  }

  get head(): AuditHead | undefined {
    return this.#chain?.head;
  }

  /** Records it if there is room, and counts it if there is none. Never waits, never throws. */
  note(entry: Entry): void {
    if (this.#closing || !this.#queue.note(entry)) this.#tally.drop(1);
    else this.#start();
  }

  /** Resolves when it is written, and on the disk where that was asked for. */
  enter(entry: Entry): Promise<void> {
    return this.#closing ? Promise.reject(closed()) : this.#started(this.#queue.enter(entry));
  }

  /** Gives the last line once the log is open, or once it is a checkpoint over all that was given so far. */
  ask(signs: boolean): Promise<AuditHead> {
    return this.#closing ? Promise.reject(closed()) : this.#started(this.#queue.ask(signs));
  }

  close(): Promise<AuditHead | undefined> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<AuditHead | undefined> {
    const signed = this.#used || this.#tally.unreported > 0 ? this.ask(true) : undefined;
    this.#closing = true;
    try {
      return await signed;
    } finally {
      // Whoever asked was answered before the file was rotated.
      await this.#running;
      await this.#options.output.close();
    }
  }

  /** How many lines may be written before the next checkpoint is looked at. */
  get #room(): number {
    const { checkpointEvery } = this.#options;
    return Math.max(1, Math.min(maxBatch, checkpointEvery - (this.#chain?.unsigned ?? 0)));
  }

  #started<T>(answer: Promise<T>): Promise<T> {
    this.#start();
    return answer;
  }

  #start(): void {
    this.#used = true;
    if (this.#running !== undefined) return;
    // What begins in the same turn of the event loop shares a write.
    this.#running = new Promise((resolve) => setImmediate(() => resolve(this.#run())));
  }

  /** Never rejects: whatever fails is told to those who wait for it. */
  async #run(): Promise<void> {
    while (!this.#queue.isEmpty) {
      await this.#gathered();
      const { batch, asked } = this.#queue.take(this.#room);
      try {
        await this.#turn(batch, asked);
      } catch (error) {
        await this.#failed(error, [...batch, ...asked]);
      }
    }
    this.#running = undefined;
  }

  /** Lines that nobody waits for are cheaper in company: a write costs more than they do. */
  async #gathered(): Promise<void> {
    for (let ms = 0; ms < gatherMs; ms += 1) {
      if (this.#queue.isAwaited || this.#queue.lines >= fullBatch) return;
      await setTimeout(1);
    }
  }

  async #turn(batch: readonly Waiting[], asked: readonly Asked[]): Promise<void> {
    const awaited = asked.length > 0 || notesIn(batch) < batch.length;
    if (this.#chain === undefined && !awaited && performance.now() < this.#triesAgainAt) {
      this.#tally.drop(batch.length);
      return;
    }
    const chain = (this.#chain ??= await this.#continued(batch));
    const unwritten = this.#opening !== undefined || this.#tally.unreported > 0;
    if (batch.length > 0 || (unwritten && asked.some(({ signs }) => signs))) await this.#write(chain, batch);
    for (const { settle } of batch) settle?.resolve();
    for (const { signs, settle } of asked) if (!signs) settle.resolve(this.#chain.head);
    await this.#sign(asked.filter(({ signs }) => signs));
  }

  /** Opens the output, and goes on where it ends. */
  async #continued(batch: readonly Waiting[]): Promise<Chain> {
    const { output, now } = this.#options;
    try {
      const { head, unsigned, torn } = await output.open();
      const log = head?.log ?? randomBytes(16).toString('hex');
      this.#tally.found(head?.sequence ?? 0);
      this.#opening = openedOf(log, unsigned, torn, now());
      return new Chain(head ?? { log, sequence: 0, sha256: noLine }, unsigned);
    } catch (error) {
      this.#tally.drop(notesIn(batch));
      throw error;
    }
  }

  async #write(chain: Chain, batch: readonly Waiting[]): Promise<void> {
    const { output, fsync, now } = this.#options;
    const next = chain.copy();
    const { unreported } = this.#tally;
    const lines = this.#opening === undefined ? [] : [next.add(this.#opening)];
    for (const { entry, settle } of batch) {
      lines.push(next.add(entry));
      if (settle === undefined) this.#tally.attempt(next.head.sequence);
    }
    if (unreported > 0) {
      lines.push(next.add(droppedOf(unreported, now())));
      this.#tally.attemptReport(next.head.sequence, unreported);
    }
    await output.append(Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
    if (fsync === 'each') await output.sync();
    this.#tally.written();
    this.#opening = undefined;
    this.#chain = next;
  }

  /** Writes a checkpoint where one is due, and then rotates where that is. */
  async #sign(asked: readonly Asked[]): Promise<void> {
    const { output, keyring, fsync, checkpointEvery, now } = this.#options;
    const chain = this.#chain as Chain;
    if (this.#opening !== undefined) return;
    const due = chain.unsigned >= checkpointEvery || output.full;
    if (asked.length === 0 && (!due || performance.now() < this.#signsAgainAt)) return;
    if (chain.unsigned > 0) {
      let line: Uint8Array;
      try {
        line = await sealCheckpoint(keyring, chain.head, now());
      } catch (error) {
        this.#signsAgainAt = performance.now() + restMs;
        this.#tally.failed('an audit log could not be signed', error);
        for (const { settle } of asked) settle.reject(error);
        return;
      }
      const next = chain.copy();
      next.addCheckpoint(line);
      await output.append(Buffer.concat([line, Buffer.from('\n')]));
      if (fsync !== 'never') await output.sync();
      this.#chain = next;
    }
    for (const { settle } of asked) settle.resolve(this.#chain?.head as AuditHead);
    if (output.full) await this.#rotate(this.#chain as Chain);
  }

  async #rotate({ head: { log, sequence } }: Chain): Promise<void> {
    await this.#options.output.rotate(sequence + 1);
    this.#opening = openedOf(log, 0, [], this.#options.now());
  }

  async #failed(cause: unknown, waiting: readonly (Waiting | Asked)[]): Promise<void> {
    const error = failureOf(cause, 'written');
    this.#chain = undefined;
    this.#opening = undefined;
    this.#triesAgainAt = performance.now() + restMs;
    this.#tally.unknown();
    this.#tally.failed('an audit log could not be written', error);
    // Those who were answered already are not answered again.
    for (const { settle } of waiting) settle?.reject(error);
    await this.#options.output.abandon();
  }
}

function closed(): ArtifactError {
  return new ArtifactError('CONFIGURATION', 'the audit log is closed', { field: 'audit' });
}
