/** What is uploaded in parts thousands of times need not be large. */
export const smallestPartBytes = 1024 * 1024;

const chatty = ['ms', 'osd', 'rgw', 'objecter', 'rados', 'monc', 'objclass', 'optracker'];

/**
 * The configuration of a cluster of one: a monitor, a store in memory without a second copy, and a gateway, all on
 * loopback, and none of them with a secret for the others.
 */
export function clusterConfig({ id, folder, port, monitorPort }) {
  return sections({
    global: {
      fsid: id,
      'mon host': `v2:127.0.0.1:${monitorPort}`,
      'mon initial members': 'a',
      'public addr': '127.0.0.1',
      'cluster addr': '127.0.0.1',
      'ms bind ipv6': false,
      'auth cluster required': 'none',
      'auth service required': 'none',
      'auth client required': 'none',
      // Without authentication there is no key to encrypt with, and a gateway asks for encryption first.
      'ms mon client mode': 'crc',
      'ms mon service mode': 'crc',
      keyring: `${folder}/keyring`,
      'run dir': folder,
      'crash dir': folder,
      // The path of a socket has to be short, which that of a folder may not be.
      'admin socket': '',
      'log file': '',
      'log to stderr': true,
      'mon cluster log to file': false,
      // Every pool is a round of votes, which would wait a second for others.
      'paxos propose interval': 0.05,
      'paxos min wait': 0.01,
      'osd pool default size': 1,
      'osd pool default min size': 1,
      'osd pool default pg num': 4,
      'osd pool default pg autoscale mode': 'off',
      'osd crush chooseleaf type': 0,
      'objecter tick interval': 1,
      // Nobody reads what is kept in memory of each step, and keeping it takes processor time.
      ...Object.fromEntries(chatty.map((part) => [`debug ${part}`, '0/0'])),
      'mon allow pool size one': true,
      'mon max pg per osd': 1000,
      'rgw rados pool pg num min': 4,
    },
    'mon.a': {
      'mon data': `${folder}/mon`,
      // A full disk is no reason for a cluster in memory to stop.
      'mon data avail warn': 1,
      'mon data avail crit': 0,
    },
    'osd.0': {
      'osd data': `${folder}/osd`,
      'osd objectstore': 'memstore',
      'memstore device bytes': 8 * 1024 ** 3,
      'osd class update on start': false,
      // A gateway that has crashed is waited for at the next write of what it cached, 30 seconds by default; one that lives tells
      // so with every tick.
      'osd client watch timeout': 6,
    },
    'client.rgw': {
      'rgw data': `${folder}/gateway`,
      'rgw frontends': `beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
      'rgw thread pool size': 64,
      'rgw enable usage log': false,
      'rgw enable ops log': false,
      'rgw dynamic resharding': false,
      'rgw override bucket index max shards': 1,
      'rgw multipart min part size': smallestPartBytes,
      // What is deleted is kept for hours otherwise, for readers that are slow, and everything is in memory.
      'rgw gc obj min wait': 10,
      'rgw gc processor period': 10,
      'rgw gc processor max time': 10,
    },
  });
}

function sections(all) {
  const lines = Object.entries(all).flatMap(([name, settings]) => [
    `[${name}]`,
    ...Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}
