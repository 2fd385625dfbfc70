import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { AuditHead } from './line.ts';
import { digestOf, noLine, spell } from './line.ts';
import { keysOf, type Line, linesOf, logAt, note, temporaryDirectory } from './log.test-helper.ts';
import type { AuditReport } from './report.ts';
import { verifyAuditLog } from './verify-audit-log.ts';

const keyring = keysOf('k1');
/** The seed of the random tests: drawn anew in each run unless FC_SEED is set. */
const runs = {
  numRuns: 150,
  ...(process.env['FC_SEED'] !== undefined && { seed: Number(process.env['FC_SEED']) }),
} as const;

interface Sample {
  readonly lines: readonly Line[];
  readonly head: AuditHead;
  readonly directory: string;
  /** Verifies the lines after `change` was made to them. */
  readonly verify: (change: (files: string[][]) => void, head?: AuditHead) => Promise<AuditReport>;
}

/** Some forty lines in three files, a checkpoint after every five. */
async function sample(options: { readonly closed?: boolean } = {}): Promise<Sample> {
  const directory = await temporaryDirectory();
  const file = join(directory, 'trail.jsonl');
  const log = logAt(file, { checkpointEvery: 5, rotate: { maxBytes: 4096 } });
  for (let n = 0; n < 7; n += 1) {
    note(log, 4, n * 4);
    await log.ready();
  }
  if (options.closed === false) note(log, 6, 100);
  await log.ready();
  const head = (options.closed === false ? log.head : await log.close()) as AuditHead;
  const lines = await linesOf(file);
  const names = [...new Set(lines.map((line) => line.file))];
  const verify: Sample['verify'] = async (change, expected) => {
    const files = names.map((name) => lines.filter((line) => line.file === name).map(({ text }) => text));
    change(files);
    await Promise.all(
      names.map((name, n) => writeFile(name, files[n]?.map((text) => `${text}\n`).join('') ?? '', 'latin1')),
    );
    return verifyAuditLog({ files: names, keyring, ...(expected && { head: expected }) });
  };
  if (options.closed === false) await log.close();
  expect(names.length).toBeGreaterThan(2);
  return { lines, head, directory, verify };
}

/** The place of the n-th line among the files. */
function at(files: string[][], n: number): readonly [string[], number] {
  let rest = n;
  for (const lines of files) {
    if (rest < lines.length) return [lines, rest];
    rest -= lines.length;
  }
  throw new Error(`there is no line ${n}`);
}

function places(report: AuditReport): string[] {
  return [...report.findings, ...report.torn].map(({ file, line }) => `${file}:${line}`);
}

function place({ file, line }: Line | undefined = { file: '', line: 0, text: '' }): string {
  return `${file}:${line}`;
}

test('I-30 a log that nobody changed is intact, and signed to its end', async () => {
  const { lines, head, verify } = await sample();

  expect(await verify(() => undefined, head)).toMatchObject({
    intact: true,
    findings: [],
    lines: lines.length,
    signed: head,
    unsignedTail: 0,
    head,
  });
});

test('I-30 whichever byte of a log is changed, the line is found', async () => {
  const { lines, verify } = await sample();
  const position = fc.nat(lines.length - 1).chain((n) => {
    const { length } = lines[n]?.text ?? '';
    return fc.record({ n: fc.constant(n), byte: fc.nat(length - 1), to: fc.integer({ min: 0, max: 255 }) });
  });

  await fc.assert(
    fc.asyncProperty(position, async ({ n, byte, to }) => {
      const text = lines[n]?.text ?? '';
      fc.pre(text.charCodeAt(byte) !== to);
      const edited = text.slice(0, byte) + String.fromCharCode(to) + text.slice(byte + 1);

      const report = await verify((files) => {
        const [list, index] = at(files, n);
        list[index] = edited;
      });

      expect(report.intact).toBe(false);
      expect(places(report)).toContain(place(lines[n]));
    }),
    runs,
  );
});

test('I-30 wherever a line is deleted, it is said which', async () => {
  const { lines, head, verify } = await sample();
  for (let n = 0; n < lines.length; n += 1) {
    const report = await verify((files) => {
      const [list, index] = at(files, n);
      list.splice(index, 1);
    }, head);

    const last = n === lines.length - 1;
    expect(report.findings, `line ${n + 1}`).toEqual([
      expect.objectContaining({ code: last ? 'TRUNCATED' : 'DELETED', sequence: n + 1, count: 1 }),
    ]);
  }
});

test('I-30 whichever two lines are swapped, both are found', async () => {
  const { lines, verify } = await sample();
  const two = fc.uniqueArray(fc.nat(lines.length - 1), { minLength: 2, maxLength: 2 });

  await fc.assert(
    fc.asyncProperty(two, async ([one = 0, other = 0]) => {
      const report = await verify((files) => {
        const [from, i] = at(files, one);
        const [to, j] = at(files, other);
        [from[i], to[j]] = [to[j] ?? '', from[i] ?? ''];
      });

      expect(report.intact).toBe(false);
      const found = [one, other].filter((n) => places(report).includes(place(lines[n])));
      // A checkpoint proves itself wherever it stands, so only what it changed places with is out of place.
      const signs = [one, other].some((n) => lines[n]?.text.includes('payloadType'));
      expect(found.length).toBeGreaterThanOrEqual(signs ? 1 : 2);
    }),
    runs,
  );
});

test('I-30 whatever is done to the lines, a log that is intact up to a known head has every line that was written', async () => {
  const { lines, head, verify } = await sample();
  const written = lines.map(({ text }) => text);
  const line = fc.nat(lines.length - 1);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('delete' as const), at: line }),
    fc.record({ kind: fc.constant('copy' as const), at: line, to: line }),
    fc.record({ kind: fc.constant('move' as const), at: line, to: line }),
    fc.record({ kind: fc.constant('cut' as const), at: line, to: fc.nat(200) }),
    fc.record({ kind: fc.constant('join' as const), at: line }),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const now = [...written];
      for (const { kind, at: index, to = 0 } of changes as { kind: string; at: number; to?: number }[]) {
        if (kind === 'copy') now.splice(to, 0, now[index] ?? '');
        else if (kind === 'move') now.splice(to, 0, ...now.splice(index, 1));
        else if (kind === 'cut') now[index] = now[index]?.slice(0, to) ?? '';
        else if (kind === 'join') now.splice(index, 2, `${now[index]}${now[index + 1]}`);
        else now.splice(index, 1);
      }

      const report = await verify((files) => {
        files.splice(0, files.length, now, ...files.slice(1).map(() => []));
      }, head);

      const kept = written.every((text, n) => now[n] === text);
      expect([report.intact, report.torn]).toEqual([kept && now.length === written.length, []]);
    }),
    runs,
  );
});

test('lines that changed places between two checkpoints are told as just that', async () => {
  const { lines, verify } = await sample();

  const report = await verify((files) => {
    const [first] = files as [string[]];
    [first[1], first[3]] = [first[3] ?? '', first[1] ?? ''];
  });

  expect(report.findings).toEqual([
    { code: 'REORDERED', file: lines[1]?.file, line: 2, sequence: 4 },
    { code: 'REORDERED', file: lines[3]?.file, line: 4, sequence: 2 },
  ]);
});

test('I-30 wherever a line is inserted, copied or made up, it is found', async () => {
  const { lines, verify } = await sample();
  for (let n = 0; n < lines.length; n += 1) {
    const { text, file, line } = lines[n] as Line;
    for (const made of [text, spell({ seq: n + 2, prev: digestOf(text), type: 'end' }), 'nothing', '']) {
      const report = await verify((files) => {
        const [list, index] = at(files, n);
        list.splice(index + 1, 0, made);
      });

      const found = report.findings.filter((one) => one.file === file && [line, line + 1].includes(one.line));
      // After the last signature nothing tells a line that was made up from one that was written.
      const tail = n === lines.length - 1 && made.startsWith('{"seq"') && made !== text;
      expect([found.length > 0, report.unsignedTail], `${made} after line ${n + 1}`).toEqual([
        !tail,
        tail ? 1 : report.unsignedTail,
      ]);
    }
  }
});

test('I-30 a line that is changed with all that follow it is found where the next signature is', async () => {
  const { lines, verify } = await sample();
  const report = await verify(([first = []]) => {
    let prev = digestOf(first[0] ?? '');
    for (let n = 1; n < 5; n += 1) {
      const members = JSON.parse(first[n] ?? '') as object;
      first[n] = spell({ ...members, ...(n === 1 && { id: 'another' }), prev });
      prev = digestOf(first[n] ?? '');
    }
  });

  expect(report.findings).toEqual([{ code: 'EDITED', file: lines[4]?.file, line: 5, sequence: 5 }]);
});

test('a log that is cut short between two signatures shows it only to who knows its head', async () => {
  const { head, lines, verify } = await sample();
  const checkpoint = lines.findLastIndex(({ text }, n) => text.includes('payloadType') && n < lines.length - 1);
  const cut = (files: string[][]): void => {
    for (let n = lines.length - 1; n > checkpoint; n -= 1) at(files, n)[0].pop();
  };

  expect(await verify(cut)).toMatchObject({ intact: true, unsignedTail: 0 });
  expect((await verify(cut, head)).findings).toEqual([
    expect.objectContaining({ code: 'TRUNCATED', sequence: checkpoint + 2, count: lines.length - checkpoint - 1 }),
  ]);
});

test('lines after the last signature are counted, and a known head proves them', async () => {
  const { head, verify } = await sample({ closed: false });

  expect(await verify(() => undefined, head)).toMatchObject({ intact: true, unsignedTail: 3 });
  const edit = (files: string[][]): void => {
    const list = files.at(-1) ?? [];
    list[list.length - 1] = (list.at(-1) ?? '').replace('"ok"', '"OK"');
  };
  expect(await verify(edit)).toMatchObject({ intact: true, unsignedTail: 3 });
  expect((await verify(edit, head)).findings).toEqual([
    expect.objectContaining({ code: 'REPLACED', sequence: head.sequence }),
  ]);
});

test('I-30 a checkpoint of a key that is not trusted proves nothing, and is told', async () => {
  const { lines, verify } = await sample();
  await verify(() => undefined);

  const report = await verifyAuditLog({ files: [...new Set(lines.map(({ file }) => file))], keyring: keysOf('k2') });

  expect(report).toMatchObject({ intact: false, checkpoints: 0, signed: undefined, unsignedTail: lines.length });
  expect(report.findings.map(({ code, reason }) => [code, reason])).toEqual(
    lines.filter(({ text }) => text.includes('payloadType')).map(() => ['UNSIGNED', 'UNKNOWN_KEY']),
  );
});

test('I-30 a log that is written anew without a key is as long as its unsigned tail, whatever log it claims to be', async () => {
  const { lines, verify } = await sample();
  let prev = noLine;
  const forged = lines
    .filter(({ text }) => !text.includes('payloadType'))
    .map(({ text }, n) => {
      const line = spell({ ...(JSON.parse(text) as object), seq: n + 1, prev, log: 'a'.repeat(32) });
      prev = digestOf(line);
      return line;
    });
  const all = (files: string[][]): void => {
    files.splice(0, files.length, forged, ...files.slice(1).map(() => []));
  };

  expect(await verify(all)).toMatchObject({ checkpoints: 0, signed: undefined, unsignedTail: forged.length });
  const claims = (files: string[][]): void => {
    files[0]?.splice(0, 1, (lines[0]?.text ?? '').replace(/"log":"\w+"/, `"log":"${'a'.repeat(32)}"`));
  };
  const report = await verify(claims);
  expect(report.findings).toEqual([{ code: 'EDITED', file: lines[0]?.file, line: 1, sequence: 1 }]);
  expect(report).toMatchObject({ unsignedTail: 0, signed: report.head });
});

test('of a log that is nothing but noise the first thousand findings are told', async () => {
  const { verify } = await sample();

  const report = await verify((files) => {
    files.splice(
      0,
      1,
      Array.from({ length: 3000 }, () => 'noise'),
    );
  });

  expect(report.findings.length).toBe(1000);
  expect(report.findings[0]).toMatchObject({ code: 'UNREADABLE', line: 1 });
});

test('files that were put away are missed, unless it is said where the others go on', async () => {
  const { lines, head } = await sample();
  const names = [...new Set(lines.map(({ file }) => file))];
  const last = lines.findLast(({ file }) => file === names[0]);
  const from = { log: head.log, sequence: lines.indexOf(last as Line) + 1, sha256: digestOf(last?.text ?? '') };

  const without = await verifyAuditLog({ files: names.slice(1), keyring, head });
  const withFrom = await verifyAuditLog({ files: names.slice(1), keyring, head, from });

  expect(without.findings).toEqual([{ code: 'DELETED', file: names[1], line: 1, sequence: 1, count: from.sequence }]);
  expect(withFrom).toMatchObject({ intact: true, signed: head });
});

test('another log of the same keys is not the one whose head is known', async () => {
  const { head } = await sample();
  const other = await sample();

  const report = await other.verify(() => undefined, head);

  expect(report).toMatchObject({ intact: false, checkpoints: 0 });
  expect(report.findings.map(({ code }) => code)).toEqual(['REPLACED']);
});

test.each([
  ['file', { file: undefined }],
  ['file', { files: [] }],
  ['file', { file: '' }],
  ['files', { file: undefined, files: [1] as never }],
  ['keyring', { keyring: undefined as never }],
  ['head', { head: { log: 'x', sequence: 1, sha256: 'y' } }],
  ['from', { from: {} as never }],
  [
    'head',
    {
      head: { log: 'a'.repeat(32), sequence: 1, sha256: noLine },
      from: { log: 'a'.repeat(32), sequence: 2, sha256: noLine },
    },
  ],
])('a wrong %s is refused before anything is read', async (field, options) => {
  await expect(verifyAuditLog({ file: 'absent/trail.jsonl', keyring, ...options })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    field,
  });
});

test('a folder that is not there is told as that', async () => {
  await expect(
    verifyAuditLog({ file: join(await temporaryDirectory(), 'no', 'trail.jsonl'), keyring }),
  ).rejects.toMatchObject({
    code: 'BACKEND',
    cause: { code: 'ENOENT' },
  });
});
