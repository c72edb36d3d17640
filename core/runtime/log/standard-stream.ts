/** Lines to the standard output (`logfile = -`) or error, which stay open when the log is closed. */
import { Writable } from 'node:stream';

export class StandardStream extends Writable {
  constructor(private readonly stream: NodeJS.WritableStream) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.stream.write(chunk);
    done();
  }
}
