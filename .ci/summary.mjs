// Prints the closing line from vitest's JSON reports, and fails when tests failed, were skipped or did not run.
import { readFileSync } from 'node:fs';

const [, , path, runnerStatus] = process.argv;
const reports = ['rooms', 'whole'].map(readReport);
const sum = (count) => reports.map(count).reduce((a, b) => a + b, 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests + report.testResults.filter(failedWithoutTests).length);
const skipped = sum((report) => report.numPendingTests + report.numTodoTests);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
const isWhole = reports.every((report) => report.numPassedTests > 0);
process.exitCode = runnerStatus === '0' && isWhole && failed === 0 && skipped === 0 ? 0 : 1;

function readReport(project) {
  try {
    return JSON.parse(readFileSync(`${path}.${project}`, 'utf8'));
  } catch (error) {
    console.error(`The test runner wrote no report of ${project}: ${error.message}`);
    process.exit(1);
  }
}

/** A file that could not be loaded counts as one failure. */
function failedWithoutTests(file) {
  return file.status === 'failed' && file.assertionResults.length === 0;
}
