import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createProgress, meterText } from '../../src/core/ui/progress.ts';

/** A pipe, as stderr is one when the output goes to a file. */
function pipe(): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

it('prints plain lines into a pipe, without control sequences', () => {
  const { stream, text } = pipe();
  const progress = createProgress(stream, { quiet: false });

  progress.step('Checking');
  progress.warn('A file is \u001b[31mred');
  const meter = progress.meter('Fetching', { files: 2, sizeBytes: 3000 });
  meter.add(3000, 2);
  meter.done();

  expect(text()).toMatch(
    /^Checking\nWarning: A file is \\x1b\[31mred\nFetching: 2 files, 3 kB\nFetching: 2 files, 3 kB in \d\.\d s\n$/,
  );
  expect(progress.warnings).toEqual(['A file is \\x1b[31mred']);
});

it('prints warnings and nothing else when quiet', () => {
  const { stream, text } = pipe();
  const progress = createProgress(stream, { quiet: true });

  progress.step('Checking');
  progress.warn('Old keyring');
  progress.meter('Fetching', { files: 1, sizeBytes: 1 }).done();

  expect(text()).toBe('Warning: Old keyring\n');
  expect(progress.warnings).toEqual(['Old keyring']);
});

it('shows files, bytes, rate and time left', () => {
  const text = meterText({ files: 3, bytes: 2_000_000, seconds: 2 }, { files: 9, sizeBytes: 8_000_000 });

  expect(text).toBe('3/9 files, 2 MB of 8 MB, 1 MB/s, 6.0 s left');
});
