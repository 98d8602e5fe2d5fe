/** HTTP as POM does it: one request at a time, a new connection each, no retry, no time-out, the body in memory. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { PomError } from './errors.mjs';

/** @typedef {{ url: URL, login: string | undefined }} Proxy */

const largestRedirects = 10;

/**
 * The proxy of the environment. NO_PROXY means nothing to POM.
 * @returns {Proxy | undefined}
 */
export function environmentProxy() {
  for (const name of ['ALL_PROXY', 'HTTPS_PROXY', 'HTTP_PROXY']) {
    const value = process.env[name] || process.env[name.toLowerCase()];
    if (!value) continue;
    const url = new URL(value.includes('://') ? value : `http://${value}`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new PomError(`parse_proxy_url failed: unsupported proxy scheme '${url.protocol.slice(0, -1)}'`);
    }
    return { url, login: loginOf(url) };
  }
  return undefined;
}

/**
 * Fetches at most `maxBytes`; what comes after them is not read.
 * @param {string} url
 * @param {{ maxBytes: number, login?: string | undefined }} options `login` as `user:password`
 * @returns {Promise<Buffer>}
 */
export async function fetchFile(url, { maxBytes, login }) {
  let target = url;
  for (let hops = 0; hops <= largestRedirects; hops += 1) {
    const answer = await get(target, { maxBytes, login });
    if (answer.location === undefined) return answer.body;
    target = new URL(answer.location, target).href;
  }
  throw new PomError('too many redirects');
}

/**
 * @param {string} target
 * @param {{ maxBytes: number, login: string | undefined }} options
 * @returns {Promise<{ location: string | undefined, body: Buffer }>}
 */
async function get(target, { maxBytes, login }) {
  const match = /^(https?):\/\/([^/]*)(\/.*)?$/.exec(target);
  if (match === null || !URL.canParse(target)) throw new PomError('invalid format');
  const [, scheme, authority = '', path = '/'] = match;
  const origin = new URL(`${scheme}://${authority}`);
  const proxy = environmentProxy();
  /** @type {Record<string, string>} */
  const headers = { 'User-Agent': 'proxmox-offline-mirror/0.7.1', Accept: '*/*', Host: origin.host };
  const credentials = login ?? loginOf(origin);
  if (credentials !== undefined) headers['Authorization'] = basic(credentials);
  const secure = scheme === 'https';
  const tunnel = secure && proxy !== undefined ? await openTunnel(proxy, origin) : undefined;
  const through = secure || proxy === undefined ? origin : proxy.url;
  if (through !== origin && proxy?.login !== undefined) headers['Proxy-Authorization'] = basic(proxy.login);
  return await new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)({
      hostname: through.hostname.replaceAll(/^\[|\]$/g, ''),
      port: through.port || (secure ? 443 : 80),
      path: through === origin ? path : `http://${origin.host}${path}`,
      headers,
      agent: false,
      ...(tunnel === undefined ? {} : { createConnection: () => tunnel }),
    });
    request.removeHeader('connection');
    request.once('error', (error) => reject(connectionError(error)));
    request.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const { location } = response.headers;
      /** @type {Buffer[]} */
      const chunks = [];
      let sizeBytes = 0;
      const finish = () => {
        request.destroy();
        resolve({ location: undefined, body: Buffer.concat(chunks).subarray(0, maxBytes) });
      };
      request.removeAllListeners('error').on('error', () => reject(new PomError('Peer disconnected')));
      if (status >= 300 && status < 400 && location !== undefined) {
        request.destroy();
        resolve({ location, body: Buffer.alloc(0) });
        return;
      }
      if (status !== 200) {
        request.destroy();
        reject(new PomError(`http status: ${status}`));
        return;
      }
      response.on('data', (/** @type {Buffer} */ chunk) => {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes >= maxBytes) finish();
      });
      response.once('end', finish);
      response.once('error', () => reject(new PomError('Peer disconnected')));
    });
    request.end();
  });
}

/**
 * @param {Proxy} proxy
 * @param {URL} origin
 * @returns {Promise<import('node:net').Socket>}
 */
async function openTunnel(proxy, origin) {
  const address = `${origin.hostname}:${origin.port || 443}`;
  return await new Promise((resolve, reject) => {
    const socket = connect(Number(proxy.url.port || 80), proxy.url.hostname);
    const login = proxy.login === undefined ? '' : `Proxy-Authorization: ${basic(proxy.login)}\r\n`;
    socket.once('error', (error) => reject(connectionError(error)));
    socket.once('connect', () =>
      socket.write(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n${login}\r\n`),
    );
    socket.once('data', (answer) => {
      if (/^HTTP\/1\.[01] 200/.test(answer.toString('latin1'))) resolve(socket);
      else reject(new PomError('CONNECT proxy failed'));
    });
  });
}

/** @param {Error} error */
function connectionError(error) {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return new PomError('io: Connection refused');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new PomError('io: failed to lookup address information: Name or service not known');
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_EOF_STATE') {
    return new PomError('io: Peer disconnected');
  }
  if (code === 'EPROTO') {
    return new PomError(`native-tls: ${error.message.trim()}`);
  }
  return new PomError(`io: ${error.message}`);
}

/** @param {URL} url */
function loginOf(url) {
  if (url.username === '') return undefined;
  return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}

/** @param {string} login */
function basic(login) {
  return `basic ${Buffer.from(login).toString('base64')}`;
}
