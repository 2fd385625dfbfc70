import type { ObjectInfo } from './backend.ts';
import type { Environment } from './environment.ts';
import type { Finding, VerifyOptions } from './finding.ts';
import { inOrder } from './in-order.ts';
import { ExpiryMarkers } from './expiry-markers.ts';
import { isArtifact, isUnverifiable, lookUpRecord } from './read-record.ts';
import { atOnce } from './pass-options.ts';
import { isPassedBy, nobodysRecord, partsOf, recordsOf, type Part, type PassedRecord } from './record-pass.ts';
import { LedgerCheck } from './ledger-check.ts';
import type { Session } from './session.ts';
import type { Storage } from './storage.ts';
import { Throttle } from './throttle.ts';
import { Unreferenced } from './unreferenced.ts';
import { verifyArtifact, type Look, type VerifiedArtifact } from './verify-artifact.ts';

interface Verified extends VerifiedArtifact {
  readonly passed: PassedRecord;
}

/** Everything that is wrong with a store, in the order of its records; of each part what nothing names comes last. */
export async function* findingsOf(
  session: Session,
  storage: Storage,
  options: VerifyOptions,
  after: string | undefined,
): AsyncGenerator<Finding, void, undefined> {
  const { environment, lifetime } = storage;
  const { onProgress, readContent = false, sample = 1 } = options;
  const reading = new Throttle(environment, lifetime.signal, options.bytesPerSecond);
  let [records, findings] = [0, 0];
  const read = (bytes: number): Promise<void> => reading.count(bytes);
  for await (const part of partsOf(session, storage)) {
    if (isPassedBy(part, after)) continue;
    const markers = new ExpiryMarkers(part.storage);
    const verifyOne = async (passed: PassedRecord): Promise<Verified> => {
      const { id } = passed;
      if (id === undefined) return { passed, ...sound, judged: false, findings: [nobodys(passed)] };
      if (isPassedBy(passed, after)) return { passed, ...(await named(part.storage, id, passed.info)) };
      const look: Look = { readContent: readContent && isDrawn(environment, sample), markers, read };
      return { passed, ...(await verifyArtifact(part.storage, id, look)) };
    };
    const unreferenced = await Unreferenced.find(part.storage);
    const ledger = await LedgerCheck.begin(part.storage);
    let cursor: string | undefined;
    for await (const { passed, ...verified } of inOrder(
      recordsOf(part, undefined),
      atOnce(options),
      lifetime,
      verifyOne,
    )) {
      unreferenced.seen(passed.id, verified);
      ledger.seen(verified);
      cursor = passed.cursor;
      if (isPassedBy(passed, after)) continue;
      records += 1;
      for (const finding of verified.findings) {
        findings += 1;
        yield { ...inPart(part), ...finding, cursor };
      }
      const progress = { records, bytes: reading.bytes, findings, cursor };
      if (onProgress !== undefined) environment.observers.tell(() => onProgress(progress));
    }
    for await (const finding of leftOver(unreferenced, ledger)) {
      findings += 1;
      yield { ...inPart(part), ...finding, cursor };
    }
  }
}

async function* leftOver(unreferenced: Unreferenced, ledger: LedgerCheck): AsyncGenerator<Omit<Finding, 'cursor'>> {
  yield* unreferenced.findings();
  const wrong = await ledger.problem();
  if (wrong !== undefined) yield wrong;
}

const sound: VerifiedArtifact = { findings: [], judged: true, contentKey: undefined, bytes: undefined };

/** What was verified in an earlier run is only asked which content it names. */
async function named(storage: Storage, id: string, info: ObjectInfo): Promise<VerifiedArtifact> {
  try {
    const stored = await lookUpRecord(storage, id, info);
    if (!isArtifact(stored)) return sound;
    const { content, sizeBytes: bytes } = stored.record;
    return { ...sound, contentKey: 'key' in content ? content.key : undefined, bytes };
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return { ...sound, judged: false };
  }
}

function nobodys(passed: PassedRecord): Omit<Finding, 'cursor'> {
  return { code: 'BAD_RECORD', key: passed.info.key, error: nobodysRecord(passed).error };
}

function inPart({ namespace }: Part): Pick<Finding, 'namespace'> {
  return namespace === undefined ? {} : { namespace };
}

function isDrawn({ randomBytes }: Environment, sample: number): boolean {
  return sample === 1 || Buffer.from(randomBytes(4)).readUInt32BE(0) < sample * 2 ** 32;
}
