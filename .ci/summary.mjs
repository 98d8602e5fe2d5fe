// Prints the closing line from vitest's JSON report, and fails when tests failed, were skipped or did not run.
import { readFileSync } from 'node:fs';

const [, , path, runnerStatus] = process.argv;
const text = readFileSync(String(path), 'utf8');
if (text === '') {
  console.error('The test runner wrote no report.');
  process.exit(1);
}
const report = JSON.parse(text);
const passed = report.numPassedTests;
const failed = report.numFailedTests + report.testResults.filter(failedWithoutTests).length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = runnerStatus === '0' && passed > 0 && failed === 0 && skipped === 0 ? 0 : 1;

/** A file that could not be loaded counts as one failure. */
function failedWithoutTests(file) {
  return file.status === 'failed' && file.assertionResults.length === 0;
}
