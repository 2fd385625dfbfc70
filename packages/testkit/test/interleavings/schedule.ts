import { type Answer, type Call, labelOf } from './call.ts';

/** One step of a schedule; without a call it is a crash. */
export interface Taken {
  readonly racer: number;
  readonly call: Call | undefined;
  readonly answer: Answer | undefined;
  readonly loses: 'request' | 'answer' | undefined;
}

/** For the schedule that a violation is reported with. */
export function describeStep({ call, answer, loses }: Taken): string {
  if (call === undefined || answer === undefined) return 'crashes';
  return `${describeCall(call)} -> ${labelOf(answer)}${loses === undefined ? '' : ` (${loses} lost)`}`;
}

function describeCall(call: Call): string {
  if (call.kind === 'list') return `list ${call.prefix}`;
  const { kind, key } = call;
  const condition = 'condition' in call ? call.condition : undefined;
  const shown = `${kind} ${shorten(key)}`;
  if (condition === undefined) return shown;
  return `${shown} if ${'absent' in condition ? 'absent' : condition.version}`;
}

/** Keys without what is the same in all of them: the hash of the id, deadlines, and most of a name's digits. */
function shorten(key: string): string {
  return key
    .replace(/[0-9a-f]{64}\//, '')
    .replace(/\d{13}-/, '')
    .replaceAll(/([0-9a-f])[0-9a-f]{27}0*([0-9a-f]+)/g, '$1$2');
}
