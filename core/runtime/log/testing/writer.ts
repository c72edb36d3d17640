/** A process that logs, for the tests: `writer.js FILE NAME COUNT MAXBYTES BACKUPS`. After the last line it kills itself, without any end. */
import { Redactor, systemClock } from '../../index.js';
import { openLog } from '../index.js';

const [file = '', name = '', count = '0', maxBytes = '0', backups = '1'] = process.argv.slice(2);
const log = openLog({
  file,
  level: 'INFO',
  format: '%(message)s',
  filters: '',
  style: 'text',
  maxBytes: Number(maxBytes),
  backups: Number(backups),
  clock: systemClock,
  redactor: new Redactor(),
});
const logger = log.logger('ksocket.test');
for (let i = 0; i < Number(count); i++) logger.info(`${name} ${i}`);
process.kill(process.pid, 'SIGKILL');
