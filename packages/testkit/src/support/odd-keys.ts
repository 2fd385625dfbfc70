export function ofLength(length: number): string {
  return 'x'.repeat(length);
}

const words = (text: string) => text.split(' ');

/** Valid keys that a file system, a server or an own way of escaping could trip over. */
export const oddKeys: readonly string[] = [
  words('con nul.txt aux/prn com1 lpt9.tar.gz desktop.ini .git/config thumbs.db'),
  words('a. a./b a../b ... ..a .a/..b a... .hidden -rf -- - _ = == =/='),
  words('=c3=a9 =2e=2e a=2f a=2fb a=00 a=/b a=3d2f a_b a-_-b 0 00 0/0 1e3'),
  words('a.tmp .tmp/a tmp/a staging/a locks/a a.lock a.meta store.json records/a node_modules/a'),
  words('__proto__ constructor proto/__proto__ tostring'),
].flat();

/** What core never makes a key of. */
export const invalidKeys: readonly string[] = [
  words('/ /a a/ a//b // . .. ./a ../a a/. a/.. a/./b a/../b ../../etc/passwd'),
  words(String.raw`A aB é a\b ..\a a:b a* a? a%2fb ~ a+b`),
  ['', 'a b', ' ', 'a\0b', '\0', 'a\n', 'a\tb', '\ud800'],
  [ofLength(1025), `${ofLength(1000)}/${ofLength(25)}`, `a/${'b/'.repeat(511)}c`],
].flat();
