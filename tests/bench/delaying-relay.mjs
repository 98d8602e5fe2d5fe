/** A relay on loopback that delays every byte by half of a round trip each way: `node delaying-relay.mjs PORT MS`. */
import { connect, createServer } from 'node:net';

const [port = '', milliseconds = ''] = process.argv.slice(2);
const delayMs = Number(milliseconds) / 2;

/** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
function relay(from, to) {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
}

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
  relay(client, upstream);
  relay(upstream, client);
});
server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.stdout.write(`${address.port}\n`);
});
