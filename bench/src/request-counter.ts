import { type ArtifactBackend, wrapBackend } from '@artifacts/core';

/** So many keys come with one request for a listing, as on S3. */
const pageKeys = 1000;

/** What was asked of a backend, by kind of call. A listing counts once for each page that somebody looked at. */
export class RequestCounter {
  readonly counts = new Map<string, number>();

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  around(inner: ArtifactBackend): ArtifactBackend {
    const count = (call: string): void => void this.counts.set(call, (this.counts.get(call) ?? 0) + 1);
    return wrapBackend(inner, {
      write: (key, body, options) => {
        count('write');
        return inner.write(key, body, options);
      },
      read: (key, options) => {
        count('read');
        return inner.read(key, options);
      },
      delete: (key, options) => {
        count('delete');
        return inner.delete(key, options);
      },
      async *list(options) {
        let keys = 0;
        count('list');
        for await (const info of inner.list(options)) {
          if (keys > 0 && keys % pageKeys === 0) count('list');
          keys += 1;
          yield info;
        }
      },
      discardUnfinished: (before, options) => {
        count('discardUnfinished');
        return inner.discardUnfinished(before, options);
      },
    });
  }
}
