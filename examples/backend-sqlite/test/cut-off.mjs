// Dies in the middle of a transaction that is larger than SQLite's cache, so that much of it is in the files already.
import { acquire } from '../dist/database.js';

const { connection } = acquire(process.argv[2]);
connection.exec('BEGIN; UPDATE blocks SET bytes = zeroblob(length(bytes))');
process.kill(process.pid, 'SIGKILL');
